"""ItemReader: the items of a Distributed Map, read one after another from an object, a manifest or a listing.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from treadle.engine.data import java
from treadle.engine.limits import STANDARD, fits
from treadle.engine.storage import Storage
from treadle.errors import MissingExtra, ServiceError

if TYPE_CHECKING:
    from treadle.engine.frame import Frame
    from treadle.engine.state import State

JSON = Any
Source = Callable[[Storage], Iterator[JSON]]
Read = Callable[["Frame", JSON], Source]
"""What the fields say, evaluated before the Map Run starts, and then the items themselves"""

_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_PIECE = 1 << 16  # characters of a JSON document read at a time


class ReaderError(Exception):
    """The items cannot be read: the cause of States.ItemReaderFailed."""


def reader(state: State) -> Read | None:
    """The items of the state's ItemReader, lazily; None where it has none."""
    from treadle.engine import fields, maps
    from treadle.engine.state import State as Part

    document = state.document.get("ItemReader")
    if document is None:
        return None
    jsonata = state.language == "JSONata"
    given = document.get("Arguments" if jsonata else "Parameters", {})
    source = fields.jsonata_template(given, "ItemReader/Arguments") if jsonata else fields.payload_template(given)
    config = document.get("ReaderConfig", {})
    part = Part(state.name, {**config, "Type": "Map", "QueryLanguage": state.language}, state.language)
    most = maps.whole_number(part, "MaxItems")
    listing = document["Resource"].endswith("listObjectsV2")
    if config.get("InputType") == "PARQUET" and importlib.util.find_spec("pyarrow") is None:
        raise MissingExtra("Reading Parquet", "parquet")

    needed = ("Bucket",) if listing else ("Bucket", "Key")

    def read(frame: Frame, value: JSON) -> Source:
        arguments, limit = source(frame, value), most(frame, value)

        def items(storage: Storage) -> Iterator[JSON]:
            where = texts(arguments, needed, ("Prefix", "StartAfter", "VersionId"))
            if limit is not None and limit < 0:
                raise ReaderError("field MaxItems must be positive")  # measured; 0 is no limit
            found = _listed(storage, where, config) if listing else _objects(storage, where, config)
            return _guarded(islice(found, limit) if limit else found)

        return items

    return read


def texts(where: JSON, needed: Sequence[str], possible: Sequence[str]) -> dict[str, str]:
    """The arguments of an S3 call, all of which are strings. ReaderError where one is missing or something else."""
    if not isinstance(where, dict):
        raise ReaderError("The arguments must be an object")
    for key in needed:
        if not where.get(key):
            raise ReaderError(f"The argument {key} is missing")
    for key in (*needed, *possible):
        if not isinstance(where.get(key, ""), str):
            raise ReaderError(f"The argument {key} must be a string")
    return where


def _guarded(items: Iterator[JSON]) -> Iterator[JSON]:
    """Every failure to read is a ReaderError, and no item is larger than an execution's input may be."""
    try:
        for index, item in enumerate(items):
            if not fits(item, STANDARD.payload):
                raise ReaderError(f"The item at index {index} exceeds the maximum size of 256 KiB")
            yield item
    except ServiceError as problem:
        raise ReaderError(problem.cause or problem.error) from None
    except (KeyError, TypeError, AttributeError) as problem:  # a manifest that is none
        raise ReaderError(f"The manifest cannot be read: {problem!r}") from None
    except (OSError, UnicodeDecodeError, csv.Error, EOFError) as problem:
        raise ReaderError(f"The items cannot be read: {problem}") from None
    except (ValueError, RecursionError) as problem:
        raise ReaderError(f"Unable to parse the items: {problem}") from None


def _listed(storage: Storage, where: Mapping[str, JSON], config: Mapping[str, JSON]) -> Iterator[JSON]:
    after = where.get("StartAfter", "")
    listed = (entry for entry in storage.list(where["Bucket"], where.get("Prefix", "")) if entry["Key"] > after)
    if config.get("Transformation") != "LOAD_AND_FLATTEN":
        yield from listed
        return
    for entry in listed:
        yield from _objects(storage, {"Bucket": where["Bucket"], "Key": entry["Key"]}, config)


def _objects(storage: Storage, where: Mapping[str, JSON], config: Mapping[str, JSON]) -> Iterator[JSON]:
    kind = config.get("InputType", "JSON")
    if kind == "MANIFEST" or "ManifestType" in config:
        yield from _manifest(storage, where, config)
        return
    with storage.read(where["Bucket"], where["Key"], where.get("VersionId")) as stream:
        yield from _format(kind)(stream, config)


# --- formats ---------------------------------------------------------------------------------------------------------


def _text(stream: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")


def _csv(stream: BinaryIO, config: Mapping[str, JSON]) -> Iterator[JSON]:
    with _text(stream) as text:
        rows = (row for row in csv.reader(text, delimiter=_DELIMITERS[config.get("CSVDelimiter", "COMMA")]) if row)
        if config.get("CSVHeaderLocation") == "GIVEN":
            headers: Sequence[str] = config["CSVHeaders"]
        else:
            headers = next(rows, [])
        if len(set(headers)) < len(headers):
            raise ReaderError("CSV headers cannot contain duplicates.")
        # AWS's rows are Java HashMaps (recorded): the order of the fields is not that of the columns.
        columns = [(name, headers.index(name)) for name in java.map_order(list(headers))]
        for row in rows:
            width = len(row)
            yield {name: row[place] if place < width else "" for name, place in columns}


def _json_lines(stream: BinaryIO, config: Mapping[str, JSON]) -> Iterator[JSON]:
    decode = json.JSONDecoder(parse_constant=_no_constant).decode
    with _text(stream) as text:
        for line in text:
            if not line.isspace():
                yield decode(line)


def _json(stream: BinaryIO, config: Mapping[str, JSON]) -> Iterator[JSON]:
    pointer = config.get("ItemsPointer")
    with _text(stream) as text:
        if pointer:
            yield from _pointed(json.loads(text.read(), parse_constant=_no_constant), pointer)
        else:
            yield from _array(text)


def _pointed(found: JSON, pointer: str) -> list[JSON]:
    """The array that a JSON pointer (`/a/0/b`) leads to; of an object, its fields as Key and Value."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ReaderError(f"The ItemsPointer '{pointer}' leads to nothing in the object") from None
    if isinstance(found, dict):
        return [{"Key": key, "Value": value} for key, value in found.items()]
    if not isinstance(found, list):
        raise ReaderError("Attempting to map over non-iterable node.")
    return found


def _array(text: io.TextIOBase) -> Iterator[JSON]:
    """The members of a JSON array, of which only a piece is in memory."""
    decode = json.JSONDecoder(parse_constant=_no_constant).raw_decode
    held = _more(text, "").lstrip()
    if not held.startswith("["):
        json.loads(held + text.read(), parse_constant=_no_constant)  # not JSON at all? Then that is the error
        raise ReaderError("Attempting to map over non-iterable node.")
    held = held[1:]
    first = True
    while True:
        held = held.lstrip() or _more(text, "").lstrip()
        if held.startswith("]"):
            if (held[1:] + text.read()).strip():
                raise ValueError("there is something after the array")
            return
        if not first:
            if not held.startswith(","):
                raise ValueError("',' or ']' is missing in the array" if held else "the array has no end")
            held = held[1:].lstrip()
        item, held = _member(decode, text, held)
        yield item
        first = False


def _member(decode: Callable[[str], tuple[JSON, int]], text: io.TextIOBase, held: str) -> tuple[JSON, str]:
    piece = _PIECE
    while True:
        try:
            item, end = decode(held.lstrip())
            held = held.lstrip()
            if end < len(held):  # a number at the very end might go on
                return item, held[end:]
        except json.JSONDecodeError:
            pass
        more = text.read(piece)
        piece *= 2  # so that one long member is not parsed once a piece
        if not more:
            item, end = decode(held.lstrip())
            return item, held.lstrip()[end:]
        held += more


def _more(text: io.TextIOBase, held: str) -> str:
    while not held.strip():
        piece = text.read(_PIECE)
        if not piece:
            break
        held = piece
    return held


def _no_constant(name: str) -> JSON:
    raise ValueError(f"{name} is not JSON")


def _parquet(stream: BinaryIO, config: Mapping[str, JSON]) -> Iterator[JSON]:
    import pyarrow.parquet

    if not stream.seekable():
        stream = io.BytesIO(stream.read())
    for batch in pyarrow.parquet.ParquetFile(stream).iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            yield json.loads(json.dumps(row, default=str))


def _format(kind: JSON) -> Callable[[BinaryIO, Mapping[str, JSON]], Iterator[JSON]]:
    found = _FORMATS.get(kind) if isinstance(kind, str) else None
    if found is None:
        raise ReaderError(f"The InputType {kind!r} is not one of {', '.join(_FORMATS)}, MANIFEST")
    return found


_FORMATS: dict[str, Callable[[BinaryIO, Mapping[str, JSON]], Iterator[JSON]]] = {
    "CSV": _csv,
    "JSON": _json,
    "JSONL": _json_lines,
    "PARQUET": _parquet,
}


# --- manifests -------------------------------------------------------------------------------------------------------


def _manifest(storage: Storage, where: Mapping[str, JSON], config: Mapping[str, JSON]) -> Iterator[JSON]:
    """An S3 inventory's manifest.json, or a list of data files such as Athena's UNLOAD leaves."""
    if config.get("ManifestType") == "ATHENA_DATA":
        with storage.read(where["Bucket"], where["Key"]) as stream:
            places = stream.read().decode("utf-8-sig").split()
        for place in places:
            bucket, _, key = place.strip('"').removeprefix("s3://").partition("/")
            yield from _objects(storage, {"Bucket": bucket, "Key": key}, _without_manifest(config))
        return
    with storage.read(where["Bucket"], where["Key"]) as stream:
        manifest = json.load(stream)
    headers = [name.strip() for name in manifest["fileSchema"].split(",")]
    bucket = manifest.get("destinationBucket", where["Bucket"]).rpartition(":")[2]
    settings = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": headers}
    for file in manifest["files"]:
        with storage.read(bucket, file["key"]) as stream:
            if manifest.get("fileFormat", "CSV").upper() == "PARQUET":
                yield from _parquet(stream, {})
            else:
                packed = file["key"].endswith(".gz")
                yield from _csv(gzip.GzipFile(fileobj=stream) if packed else stream, settings)  # type: ignore[arg-type]


def _without_manifest(config: Mapping[str, JSON]) -> dict[str, JSON]:
    return {key: value for key, value in config.items() if key != "ManifestType"}
