"""Errors of networks and their graphs."""

from __future__ import annotations


class InvalidNetworkGraph(RuntimeError):
    """The hardware graph of a network does not do what the network says."""
