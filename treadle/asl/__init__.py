"""The States Language as data: read a definition, check it, draw it, price it, and say what it may do."""

from treadle.asl.check import check, refuse
from treadle.asl.document import digest, dumps, load, scopes, states
from treadle.asl.finding import Finding

__all__ = ["Finding", "check", "digest", "dumps", "load", "refuse", "scopes", "states"]
