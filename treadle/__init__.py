"""Treadle: write an AI workflow once, in plain Python, and drive AWS Step Functions with it."""
