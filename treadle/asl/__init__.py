"""The States Language as data: read a definition, check it, draw it, price it, and say what it may do."""

from treadle.asl.check import check, refuse
from treadle.asl.cost import Cost, cost
from treadle.asl.document import digest, dumps, load, scopes, states
from treadle.asl.finding import Finding
from treadle.asl.graph import Edge, Graph, Node, graph
from treadle.asl.permissions import permissions
from treadle.asl.size import Count, Size, size
from treadle.asl.svg import svg

__all__ = [
    "Cost",
    "Count",
    "Edge",
    "Finding",
    "Graph",
    "Node",
    "Size",
    "check",
    "cost",
    "digest",
    "dumps",
    "graph",
    "load",
    "permissions",
    "refuse",
    "scopes",
    "size",
    "states",
    "svg",
]
