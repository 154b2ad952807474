"""The States Language as a table: which object may hold which field, and what the field may hold.

`schema` reads it. A field's `kind` names the function of `schema.KINDS` that judges its value; `language` says that the
field exists in that query language only; `gives` are the fields of `$states` that its expressions may read beside input
and context. Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html, the
recordings, and the diagnostics of ValidateStateMachineDefinition (which fields each type takes, and the ranges).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

JSONPATH: Final = "JSONPath"
JSONATA: Final = "JSONata"

STATE_TYPES: Final = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
# The greatest number of seconds that Step Functions takes, and a year for the delay between retries.
MAX_SECONDS: Final = 99_999_999
MAX_DELAY: Final = 31_622_400


@dataclass(frozen=True, slots=True)
class Field:
    """`low` and `high` bound a number, `values` lists an enumeration, `shape` names the object (or each one) held."""

    name: str
    kind: str
    language: str = ""
    required: bool = False
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    shape: str = ""
    gives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """`one` are groups of which exactly one field must stand, `most` groups of which at most one may."""

    fields: tuple[Field, ...]
    one: tuple[tuple[str, ...], ...] = ()
    most: tuple[tuple[str, ...], ...] = ()


def _text(name: str, **more: object) -> Field:
    return Field(name, "text", **more)  # type: ignore[arg-type]


def _seconds(name: str, low: float) -> Field:
    return Field(name, "integer", low=low, high=MAX_SECONDS)


def _reference(name: str) -> Field:
    return Field(name, "reference", JSONPATH)


_RESULT = ("result",)
_ERROR = ("errorOutput",)

_COMMENT = Field("Comment", "comment")
_COMMON = (Field("Type", "type", required=True), _COMMENT, Field("QueryLanguage", "language"))
_NEXT = (_text("Next"), Field("End", "boolean"))
_PATHS = (Field("InputPath", "path", JSONPATH), Field("OutputPath", "path", JSONPATH))
_RESULT_PATH = Field("ResultPath", "result path", JSONPATH)
_PARAMETERS = Field("Parameters", "payload", JSONPATH)
_REQUEST = Field("Parameters", "template", JSONPATH)
_SELECTOR = Field("ResultSelector", "template", JSONPATH)
_ARGUMENTS = Field("Arguments", "query", JSONATA)
_OUTPUT = Field("Output", "query", JSONATA)
_ASSIGN = Field("Assign", "assign")
_OUTPUT_OF_RESULT = Field("Output", "query", JSONATA, gives=_RESULT)
_ASSIGN_OF_RESULT = Field("Assign", "assign", gives=_RESULT)
_HANDLERS = (Field("Retry", "retriers", shape="Retrier"), Field("Catch", "catchers", shape="Catcher"))
_LEAVE = ("Next", "End")

STATES: Final[dict[str, Shape]] = {
    "Pass": Shape(
        (*_COMMON, *_PATHS, Field("Result", "json", JSONPATH), _PARAMETERS, _RESULT_PATH, _OUTPUT, _ASSIGN, *_NEXT),
        one=(_LEAVE,),
    ),
    "Task": Shape(
        (
            *_COMMON,
            Field("Resource", "resource", required=True),
            *_PATHS,
            _PARAMETERS,
            _ARGUMENTS,
            _RESULT_PATH,
            _SELECTOR,
            _OUTPUT_OF_RESULT,
            _ASSIGN_OF_RESULT,
            Field("Credentials", "object", shape="Credentials"),
            _seconds("TimeoutSeconds", 1),
            _reference("TimeoutSecondsPath"),
            _seconds("HeartbeatSeconds", 1),
            _reference("HeartbeatSecondsPath"),
            *_HANDLERS,
            *_NEXT,
        ),
        one=(_LEAVE,),
        most=(("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    ),
    "Wait": Shape(
        (
            *_COMMON,
            *_PATHS,
            _seconds("Seconds", 0),
            Field("Timestamp", "timestamp"),
            _reference("SecondsPath"),
            _reference("TimestampPath"),
            _OUTPUT,
            _ASSIGN,
            *_NEXT,
        ),
        one=(_LEAVE, ("SecondsPath", "Seconds", "TimestampPath", "Timestamp")),
    ),
    "Choice": Shape(
        (
            *_COMMON,
            *_PATHS,
            Field("Choices", "choices", required=True),
            _text("Default"),
            _OUTPUT,
            _ASSIGN,
        )
    ),
    "Succeed": Shape((*_COMMON, *_PATHS, _OUTPUT)),
    "Fail": Shape(
        (
            *_COMMON,
            Field("Error", "dynamic text"),
            Field("Cause", "dynamic text"),
            Field("ErrorPath", "reference or intrinsic", JSONPATH),
            Field("CausePath", "reference or intrinsic", JSONPATH),
        ),
        most=(("Error", "ErrorPath"), ("Cause", "CausePath")),
    ),
    "Parallel": Shape(
        (
            *_COMMON,
            Field("Branches", "branches", required=True, shape="Branch"),
            *_PATHS,
            _PARAMETERS,
            _ARGUMENTS,
            _RESULT_PATH,
            _SELECTOR,
            _OUTPUT_OF_RESULT,
            _ASSIGN_OF_RESULT,
            *_HANDLERS,
            *_NEXT,
        ),
        one=(_LEAVE,),
    ),
    "Map": Shape(
        (
            *_COMMON,
            Field("ItemProcessor", "processor", shape="ItemProcessor"),
            Field("Iterator", "processor", shape="ItemProcessor"),
            *_PATHS,
            Field("ItemsPath", "items path", JSONPATH),
            Field("Items", "items", JSONATA),
            Field("ItemSelector", "payload or query"),
            _PARAMETERS,
            Field("ItemReader", "object", shape="ItemReader"),
            Field("ItemBatcher", "object", shape="ItemBatcher"),
            Field("ResultWriter", "result writer", shape="ResultWriter"),
            Field("MaxConcurrency", "integer", low=0),
            _reference("MaxConcurrencyPath"),
            Field("ToleratedFailurePercentage", "number", low=0.0, high=100.0),
            _reference("ToleratedFailurePercentagePath"),
            Field("ToleratedFailureCount", "integer", low=0),
            _reference("ToleratedFailureCountPath"),
            Field("Label", "label"),
            _RESULT_PATH,
            _SELECTOR,
            _OUTPUT_OF_RESULT,
            _ASSIGN_OF_RESULT,
            *_HANDLERS,
            *_NEXT,
        ),
        one=(("ItemProcessor", "Iterator"), _LEAVE),
        most=(
            ("MaxConcurrency", "MaxConcurrencyPath"),
            ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
            ("ToleratedFailureCount", "ToleratedFailureCountPath"),
            ("ItemSelector", "Parameters"),
        ),
    ),
}

_SCOPE = (Field("StartAt", "text", required=True), Field("States", "states", required=True), _COMMENT)
_INPUT_TYPES = ("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")

SHAPES: Final[dict[str, Shape]] = {
    "Machine": Shape(
        (
            *_SCOPE,
            Field("Version", "static enumeration", values=("1.0",)),
            Field("QueryLanguage", "language"),
            Field("TimeoutSeconds", "static integer", low=0, high=MAX_SECONDS),
        )
    ),
    "Branch": Shape(_SCOPE),
    "ItemProcessor": Shape((*_SCOPE, Field("ProcessorConfig", "processor config", shape="ProcessorConfig"))),
    "ProcessorConfig": Shape(
        (
            Field("Mode", "static enumeration", values=("INLINE", "DISTRIBUTED")),
            Field("ExecutionType", "static enumeration", values=("STANDARD", "EXPRESS")),
            _COMMENT,
        )
    ),
    "Credentials": Shape((Field("RoleArn", "dynamic text"), Field("RoleArn.$", "dynamic path"))),
    "Retrier": Shape(
        (
            Field("ErrorEquals", "errors", required=True),
            Field("IntervalSeconds", "static integer", low=0, high=MAX_SECONDS),
            Field("MaxAttempts", "static integer", low=0, high=MAX_SECONDS),
            Field("BackoffRate", "static number", low=1.0),
            Field("MaxDelaySeconds", "static integer", low=1, high=MAX_DELAY),
            Field("JitterStrategy", "static enumeration", values=("NONE", "FULL")),
            _COMMENT,
        )
    ),
    "Catcher": Shape(
        (
            Field("ErrorEquals", "errors", required=True),
            _text("Next", required=True),
            _RESULT_PATH,
            Field("Output", "query", JSONATA, gives=_ERROR),
            Field("Assign", "assign", gives=_ERROR),
            _COMMENT,
        )
    ),
    "ItemReader": Shape(
        (
            Field("Resource", "reader resource", required=True),
            Field("ReaderConfig", "reader config", shape="ReaderConfig"),
            _REQUEST,
            _ARGUMENTS,
            _COMMENT,
        )
    ),
    "ReaderConfig": Shape(
        (
            Field("InputType", "enumeration", values=_INPUT_TYPES),
            Field("Transformation", "enumeration", values=("NONE", "LOAD_AND_FLATTEN")),
            Field("ManifestType", "enumeration", values=("ATHENA_DATA", "S3_INVENTORY")),
            Field("CSVHeaderLocation", "enumeration", values=("FIRST_ROW", "GIVEN")),
            Field("CSVHeaders", "texts"),
            Field("CSVDelimiter", "enumeration", values=("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")),
            Field("ItemsPointer", "text"),
            Field("MaxItems", "integer", low=0, high=100_000_000),
            _reference("MaxItemsPath"),
            _COMMENT,
        ),
        most=(("MaxItems", "MaxItemsPath"),),
    ),
    "ItemBatcher": Shape(
        (
            Field("MaxItemsPerBatch", "integer", low=0),
            _reference("MaxItemsPerBatchPath"),
            Field("MaxInputBytesPerBatch", "integer", low=0),
            _reference("MaxInputBytesPerBatchPath"),
            Field("BatchInput", "payload or query"),
            _COMMENT,
        ),
        most=(("MaxItemsPerBatch", "MaxItemsPerBatchPath"), ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")),
    ),
    "ResultWriter": Shape(
        (
            Field("Resource", "writer resource"),
            _REQUEST,
            _ARGUMENTS,
            Field("WriterConfig", "object", shape="WriterConfig"),
            _COMMENT,
        )
    ),
    "WriterConfig": Shape(
        (
            Field("Transformation", "enumeration", values=("NONE", "COMPACT", "FLATTEN")),
            Field("OutputType", "enumeration", values=("JSON", "JSONL")),
            _COMMENT,
        )
    ),
}

# The comparisons of a JSONPath Choice rule: what each compares with.
COMPARISONS: Final[dict[str, str]] = {
    "StringMatches": "text",
    "IsNull": "boolean",
    "IsPresent": "boolean",
    "IsNumeric": "boolean",
    "IsString": "boolean",
    "IsBoolean": "boolean",
    "IsTimestamp": "boolean",
    "BooleanEquals": "boolean",
    "BooleanEqualsPath": "comparison path",
    **{
        f"{family}{relation}{suffix}": "comparison path" if suffix else kind
        for family, kind in (("String", "text"), ("Numeric", "static number"), ("Timestamp", "timestamp"))
        for relation in ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
        for suffix in ("", "Path")
    },
}
CONNECTIVES: Final = ("And", "Or", "Not")
