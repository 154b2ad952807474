"""JSONPath as Step Functions reads it, compiled to closures: the dialect and the error texts of Jayway's Java library.

    compile("$.a.b")(input, context, variables)                  the value, or PathError
    compile("$$.State.Name"), compile("$name.part")              the context object, a variable
    compile("$.items[?(@.n > 1)].n")                             a list, where the path may have several results
    put("$.a.b")(input, value)                                   ResultPath: a new input; the old one is not touched

A path is definite where it can have one result only; then it gives that value, else the list of all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from treadle.engine.data import java
from treadle.engine.data.errors import RUNTIME, DataError, Malformed
from treadle.engine.data.paths import Filter, Function, Index, Key, Path, Scan, Slice, Token, Wildcard, parse

JSON = Any
Find = Callable[[JSON, JSON, Mapping[str, JSON]], JSON]

_PROVIDER = "com.jayway.jsonpath.spi.json.JacksonJsonProvider"


class PathError(DataError):
    """A path that finds nothing, or cannot be followed. `reason` is the library's own sentence."""

    def __init__(self, cause: str, reason: str) -> None:
        self.reason = reason
        super().__init__(RUNTIME, cause)


class Missing(Exception):
    """What the steps of a path raise; `leaf` where only an array's last index was out of range."""

    def __init__(self, reason: str, leaf: bool = False) -> None:
        self.leaf = leaf
        super().__init__(reason)


def compile(text: str, field: str | None = None) -> Find:
    """The reader of a path. `field` names the payload field it stands in, which changes the error's text.

    Malformed where it is not a path.
    """
    path = parse(text)
    steps = _definite(path) if path.definite else _several(path)
    root = path.root

    def fail(document: JSON, missing: Missing) -> PathError:
        if field is None:
            return PathError(f"Invalid path '{text}' : {missing}", str(missing))
        where = f"The JSONPath '{text}' specified for the field '{field}' could not be found in the input"
        return PathError(f"{where} '{dumps(document)}'", str(missing))

    if not path.tokens:
        return _whole(root, fail)

    def read(document: JSON) -> JSON:
        try:
            return steps(document)
        except Missing as missing:
            if missing.leaf and field is not None:
                return None  # AWS: an index past the end is null in a payload, and only there
            raise fail(document, missing) from None

    if root == "$" and all(isinstance(token, Key) and token.single for token in path.tokens):
        return _short([token.names[0] for token in path.tokens if isinstance(token, Key)], read)
    return _rooted(root, read, fail)


def _short(names: list[str], read: Callable[[JSON], JSON]) -> Find:
    """The most common path, a few keys into the input, without a call in between."""
    if len(names) == 1:
        (only,) = names

        def one(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
            try:
                return input[only]
            except (KeyError, TypeError):
                return read(input)

        return one

    def several(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
        value = input
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError):
            return read(input)
        return value

    return several


def _whole(root: str, fail: Callable[[JSON, Missing], PathError]) -> Find:
    if root == "$":
        return lambda input, context, variables: input
    if root == "$$":
        return lambda input, context, variables: context
    return _rooted(root, lambda document: document, fail)


def _rooted(root: str, read: Callable[[JSON], JSON], fail: Callable[[JSON, Missing], PathError]) -> Find:
    if root == "$":
        return lambda input, context, variables: read(input)
    if root == "$$":
        return lambda input, context, variables: read(context)

    def of_variable(input: JSON, context: JSON, variables: Mapping[str, JSON]) -> JSON:
        if root not in variables:
            raise fail(input, Missing(f"The variable '{root}' has no value"))
        return read(variables[root])

    return of_variable


def dumps(value: JSON) -> str:
    """Compact JSON, as AWS shows an input in an error."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def put(text: str) -> Callable[[JSON, JSON], JSON]:
    """ResultPath: gives the input with a value at the path. Objects on the way are made where there are none.

    DataError States.ResultPathMatchFailure where the path leads through something that is no object.
    """
    path = parse(text)
    keys: list[str | int] = []
    for token in path.tokens:
        if isinstance(token, Key) and len(token.names) == 1:
            keys.append(token.names[0])
        elif isinstance(token, Index) and len(token.places) == 1:
            keys.append(token.places[0])
        else:
            raise Malformed(f"'{text}' is not a reference path: it must lead to one place")
    if path.root != "$":
        raise Malformed(f"'{text}' is not a reference path into the input")
    if not keys:
        return lambda input, value: value
    return lambda input, value: _placed(input, keys, 0, value)


def _placed(document: JSON, keys: list[str | int], at: int, value: JSON) -> JSON:
    if at == len(keys):
        return value
    key = keys[at]
    if isinstance(key, int):
        if isinstance(document, list) and -len(document) <= key < len(document):
            return [*document[:key], _placed(document[key], keys, at + 1, value), *document[key:][1:]]
    elif isinstance(document, dict):
        return {**document, key: _placed(document.get(key), keys, at + 1, value)}
    elif document is None and at:
        return {key: _placed(None, keys, at + 1, value)}
    step = key if isinstance(key, str) else f"[{key}]"
    raise DataError("States.ResultPathMatchFailure", f'Unable to apply step "{step}" to input {dumps(document)}')


# --- definite paths --------------------------------------------------------------------------------------------------


def _definite(path: Path) -> Callable[[JSON], JSON]:
    """Keys and indexes only, then perhaps one merge of several keys and functions."""
    tokens = path.tokens
    plain = [token.names[0] for token in tokens if isinstance(token, Key) and len(token.names) == 1]
    if len(plain) == len(tokens):
        return _keys(plain, path)

    def walk(document: JSON) -> JSON:
        for place, token in enumerate(tokens):
            if isinstance(token, Key):
                document = _key(document, token, path, place)
            elif isinstance(token, Index):
                document = _index(document, token.places[0], path, place)
            elif isinstance(token, Function):
                document = token.apply(document)
        return document

    return walk


def _keys(names: list[str], path: Path) -> Callable[[JSON], JSON]:
    tokens = path.tokens

    def walk(document: JSON) -> JSON:
        value = document
        try:
            for name in names:
                value = value[name]
        except (KeyError, TypeError, IndexError):
            value = document
            for place, token in enumerate(tokens):  # again, slowly, to say what was in the way
                assert isinstance(token, Key)
                value = _key(value, token, path, place)
        return value

    return walk


def _key(document: JSON, token: Key, path: Path, place: int) -> JSON:
    if not isinstance(document, dict):
        at = path.canonical(place)
        raise Missing(
            f"Expected to find an object with property {token} in path {at} but found '{java.class_name(document)}'. "
            f"This is not a json object according to the JsonProvider: '{_PROVIDER}'."
        )
    if len(token.names) > 1:
        return {name: document[name] for name in token.names if name in document}
    name = token.names[0]
    if name in document:
        return document[name]
    if place == len(path.tokens) - 1:
        raise Missing(f"No results for path: {path.canonical()}")
    raise Missing(f"Missing property in path {path.canonical(place + 1)}")


def _index(document: JSON, index: int, path: Path, place: int) -> JSON:
    if document is None:
        raise Missing(f"The path {path.canonical(place)} is null")
    if not isinstance(document, list):
        rest = "".join(str(token) for token in path.tokens[place:])
        raise Missing(f"Filter: {rest} can only be applied to arrays. Current context is: {java.text(document)}")
    if not -len(document) <= index < len(document):
        raise Missing(f"No results for path: {path.canonical()}", leaf=place == len(path.tokens) - 1)
    return document[index]


# --- paths with several results --------------------------------------------------------------------------------------


def _several(path: Path) -> Callable[[JSON], list[JSON]]:
    """Follows every token for every result so far. What is not there has no results, and is no error (recorded)."""

    def walk(document: JSON) -> JSON:
        found = [document]
        for token in path.tokens:
            if isinstance(token, Function):
                found = token.apply(found)
            else:
                found = [result for value in found for result in _step(token, value, document)]
        return found

    return walk


def _step(token: Token, value: JSON, root: JSON) -> list[JSON]:
    """The results of one token for one value; nothing where it does not fit."""
    if isinstance(token, Key):
        if not isinstance(value, dict):
            return []
        return [value[name] for name in token.names if name in value]
    if isinstance(token, Index):
        if not isinstance(value, list):
            return []
        return [value[place] for place in token.places if -len(value) <= place < len(value)]
    if isinstance(token, Slice):
        return value[token.start : token.stop] if isinstance(value, list) else []
    if isinstance(token, Wildcard):
        return _children(value)
    if isinstance(token, Filter):
        candidates = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
        return [candidate for candidate in candidates if token.accepts(candidate, root)]
    assert isinstance(token, Scan)
    return [result for node in _nodes(value) for result in _scanned(token.token, node, root)]


def _scanned(token: Token, node: JSON, root: JSON) -> list[JSON]:
    """A filter met while scanning is asked of the node itself: its arrays' members are nodes of their own."""
    if isinstance(token, Filter):
        return [node] if isinstance(node, dict) and token.accepts(node, root) else []
    return _step(token, node, root)


def _children(value: JSON) -> list[JSON]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _nodes(value: JSON) -> list[JSON]:
    """The value and everything in it, a parent before its children."""
    found: list[JSON] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            found.append(node)
            waiting.extend(reversed(_children(node)))
    return found
