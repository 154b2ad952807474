"""The States Language as data: read a definition, check it, draw it, price it, and say what it may do.

What reads a definition is imported at once, the rest when it is first asked for: a Lambda handler whose definition was
checked when it was published pays for neither the checker nor pictures nor policies.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from treadle.asl.document import digest, dumps, load, scopes, states
from treadle.asl.finding import Finding

if TYPE_CHECKING:
    from treadle.asl.checker import check, refuse
    from treadle.asl.graphs import Edge, Graph, Node, graph
    from treadle.asl.picture import svg
    from treadle.asl.policy import permissions
    from treadle.asl.prices import Cost, cost
    from treadle.asl.sizes import Count, Size, size

# Modules are never called as what they hold: importing one would put it in the place of the function.
_HOMES = {
    "Cost": "prices",
    "Count": "sizes",
    "Edge": "graphs",
    "Graph": "graphs",
    "Node": "graphs",
    "Size": "sizes",
    "check": "checker",
    "cost": "prices",
    "graph": "graphs",
    "permissions": "policy",
    "refuse": "checker",
    "size": "sizes",
    "svg": "picture",
}

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'treadle.asl' has no attribute {name!r}")
    value = getattr(import_module(f"treadle.asl.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
