"""Runs an ASL document."""
