"""Names of the real system: tools."""
