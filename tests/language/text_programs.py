"""Workflows over text: patterns, templates, characters, JSON, moments. Each takes a text, `s`."""
# ruff: noqa: UP031, UP032

from __future__ import annotations

import json
import re
from typing import Any, TypedDict

WORD = re.compile(r"[a-z]+", re.I)
LINK = r"\[([^\]]+)\]\(([^)]+)\)"


def words(s: str) -> Any:
    return re.findall(r"[a-z]+", s)


def assignment(s: str) -> Any:
    m = re.search(r"(?P<k>\w+)=(?P<v>\w*)", s, re.ASCII)
    if m:
        return [m.group(), m.group(1), m["v"], m.groups(), m.groupdict()]
    return None


def spaces(s: str) -> Any:
    return re.sub(r"\s+", " ", s).strip()


def any_case(s: str) -> Any:
    return WORD.findall(s)


def links(s: str) -> Any:
    return [m.group(1) for m in re.finditer(LINK, s)]


def link_pairs(s: str) -> Any:
    return re.findall(LINK, s)


def numbered(s: str) -> bool:
    return re.match(r"[0-9]+$", s) is not None


def digits_or_nothing(s: str) -> bool:
    return bool(re.fullmatch(r"[0-9]*", s))


def listed(s: str) -> Any:
    return re.split(r"[,;]\s*", s)


def listed_with_marks(s: str) -> Any:
    return re.split(r"([,;])", s)


def first_mark(s: str) -> Any:
    return re.split(r"([,;])", s, maxsplit=1)


def two_marks(s: str) -> Any:
    return re.split(r"[,;]", s, maxsplit=2)


def turned_round(s: str) -> Any:
    return re.sub(r"([a-z])([0-9])", r"$\2-\1\g<0>", s, count=2)


def shouted(s: str) -> Any:
    return re.sub("[a-z]", lambda m: m.group().upper() + "!", s)


def counted(s: str) -> Any:
    return re.subn("[a-z]", "x", s)


def placed(s: str) -> Any:
    m = re.search("b+", s)
    if m is None:
        return -1
    return [m.start(), m.end(), m.span()]


def either(s: str) -> Any:
    return re.search("(b)|(c)", s).groups()


def leading(s: str) -> Any:
    if m := re.match(r"x*", s):
        return m.group()
    return "no"


def bullets(s: str) -> Any:
    p = re.compile("^- (.+)$", re.M)
    return p.findall(s)


def each_match(s: str) -> Any:
    out = []
    for m in re.finditer("(a)(b)?", s):
        out.append([m[0], m[2]])
    return out


def looked_up(s: str) -> Any:
    d = {"a": "1", "b": "2"}
    return re.sub("[a-z]", lambda m: d[m.group(0)], s)


TABLE = str.maketrans({"a": "<&>", "é": None, "😀": "x"})
TABLE2 = str.maketrans("ab", "$B", "c")


def percent(s: str) -> str:
    return "%s-%d" % (s, 3)


def automatic(s: str) -> str:
    return "{}:{}".format(s, len(s))


def numbered_fields(s: str) -> str:
    return "{0}/{1}/{0}".format(s.upper(), 2)


def named_fields(s: str) -> str:
    return "{name:>8}|{n:04d}".format(name=s, n=len(s))


def columns(s: str) -> str:
    return "%-8s|%8s|%05d|%.2f|%%|%x" % (s, s, len(s), 2.5, 255)


def percent_names(s: str) -> str:
    return "%(a)s=%(b)d" % {"a": s, "b": 1}


def translated(s: str) -> str:
    return s.translate(TABLE)


def translated_letters(s: str) -> str:
    return s.translate(TABLE2) + s.translate(str.maketrans("", "", " ,;"))


def lines_kept(s: str) -> list[str]:
    return s.splitlines(True) + s.splitlines(keepends=True)


def centred(s: str) -> str:
    return s.center(10) + "|" + s.center(9, "*") + "|" + s.center(4, "é")


def bytes_long(s: str) -> int:
    return len(s.encode()) + len(s.encode("utf-8"))


def characters(s: str) -> str:
    return chr(65) + chr(ord("a") + len(s)) + chr(0x1F600 + len(s)) + chr(len(s) * 60) + chr(10)


def numbers_of(s: str) -> list[int]:
    return [ord(c) for c in s] + [ord("é")]


def number_of_all(s: str) -> int:
    return ord(s)


def any_kind(s: str) -> Any:
    rows: list[dict[str, Any]] = [{"v": s}, {"v": None}, {"v": len(s)}, {"v": [s]}]
    found: list[Any] = []
    for row in rows:
        try:
            found.append(re.findall("[a-z]", row["v"]))
            found.append(re.sub("[a-z]", "-", row["v"]) + ("x" if re.search("b", row["v"]) else "y"))
        except TypeError as error:
            found.append(str(error))
    return found


def shown_lists(s: str) -> str:
    return str([len(s), 1, -5]) + f"{[len(s)]}" + repr([True, None, len(s)]) + str([[1], [], [2, len(s)]])


def shown_tuples(s: str) -> str:
    return str((1, len(s))) + repr((len(s),)) + str([(1, len(s))]) + str([c == "a" for c in s])


def named_values(s: str) -> str:
    n = len(s)
    return f"{n=} {n!r} {n=:>4}"


def large_numbers(s: str) -> str:
    n = 2**53 - 1 - len(s)
    return f"{n}" + str(n) + str(-n) + json.dumps(n) + str([n]) + "%d" % n


def percent_one(s: str) -> str:
    return "%s" % s + "%s and %s" % (s, None) + "%r" % (3,)


def percent_error(s: str) -> str:
    try:
        raise ValueError(s)
    except ValueError as e:
        return "failed: {}".format(e) + " %s" % e


class Parts(TypedDict):
    b: str
    a: list[int]


def json_default(s: str) -> str:
    return json.dumps({"a": s, "b": [1, 2]})


def json_text(s: str) -> str:
    return json.dumps(s) + json.dumps([s])


def json_sorted(s: str) -> str:
    return json.dumps({"b": s, "a": {"d": [], "c": {}}}, indent=2, sort_keys=True)


def json_dict(s: str) -> str:
    d = {w: len(w) for w in s.split(",")}
    return json.dumps(d, sort_keys=True) + json.dumps(d, sort_keys=True, ensure_ascii=False, indent=1) + json.dumps(d)


def json_numbers(s: str) -> str:
    return json.dumps([len(s), True, None, 2**53 - 1 - len(s)]) + json.dumps([[], [len(s)]], indent=2)


def json_or_bad(s: str) -> Any:
    try:
        data = json.loads(s)
    except json.JSONDecodeError:
        return "bad"
    return data


def json_error_names(s: str) -> Any:
    try:
        return json.loads(s)["x"]
    except ValueError:
        return "bad"
    except (KeyError, TypeError):
        return "other"


def json_record(s: str) -> Any:
    p: Parts = {"b": s, "a": [1]}
    return json.dumps(p, separators=(",", ":")) + json.dumps(p, sort_keys=True)
