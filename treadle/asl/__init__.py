"""The States Language itself, as data."""
