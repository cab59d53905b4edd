"""calix.common: what calibrations for different purposes have in common."""
