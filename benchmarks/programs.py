"""Programs for the language benchmark: ordinary workflow code, each with inputs that reach its corners.

A program is the body of a function. `calls` gives, for each task, the expression that the peer writes for a call of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = Any


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    parameters: Mapping[str, str]
    body: str
    inputs: tuple[Mapping[str, JSON], ...]
    tasks: tuple[str, ...] = field(default=())


def _of(name: str, parameters: str, body: str, *inputs: Mapping[str, JSON], tasks: tuple[str, ...] = ()) -> Program:
    pairs = [each.split(": ", 1) for each in parameters.split("; ")]
    return Program(name, {each[0]: each[1] for each in pairs}, body.strip("\n"), inputs, tasks)


TYPES = """
class Item(TypedDict):
    name: str
    price: float
    count: int

class Passage(TypedDict):
    text: str
    source: str
    score: float
"""

A = {"name": "pen", "price": 1.5, "count": 3}
B = {"name": "Ink", "price": 12.25, "count": 0}
C = {"name": "paper", "price": 4.0, "count": 10}
P = {"text": "One.", "source": "a.md", "score": 0.5}
Q = {"text": "Two é.", "source": "b.md", "score": 0.9}

PROGRAMS = (
    _of("total", "items: list[Item]", "total = 0\nfor item in items:\n    total += item['count']\nreturn total",
        {"items": []}, {"items": [A]}, {"items": [A, B, C]}),
    _of("order_value", "items: list[Item]", "return sum(item['price'] * item['count'] for item in items)",
        {"items": []}, {"items": [A]}, {"items": [A, B, C]}),
    _of("names", "items: list[Item]", "return [item['name'] for item in items if item['count'] > 0]",
        {"items": []}, {"items": [A]}, {"items": [A, B, C]}),
    _of("nested_lists", "rows: list[list[int]]", "return [[x * 2 for x in row] for row in rows]",
        {"rows": []}, {"rows": [[]]}, {"rows": [[1]]}, {"rows": [[1, 2], []]}),
    _of("flatten", "rows: list[list[int]]", "return [x for row in rows for x in row]",
        {"rows": []}, {"rows": [[1]]}, {"rows": [[1, 2], [], [3]]}),
    _of("keep_full_rows", "rows: list[list[int]]", "return [row for row in rows if row]",
        {"rows": [[0]]}, {"rows": [[], [1, 2]]}, {"rows": [[0], [0, 0]]}),
    _of("any_truth", "flags: list[int]", "if flags:\n    return 'some'\nreturn 'none'",
        {"flags": []}, {"flags": [0]}, {"flags": [0, 0]}, {"flags": [1]}),
    _of("or_default", "name: str; n: int", "return {'name': name or 'nobody', 'n': n or 10}",
        {"name": "", "n": 0}, {"name": "x", "n": 3}),
    _of("floor_division", "a: int; b: int", "return [a // b, a % b, -a // b]",
        {"a": 7, "b": 2}, {"a": -7, "b": 2}, {"a": 7, "b": -2}),
    _of("average", "xs: list[int]", "return sum(xs) / len(xs)", {"xs": [1, 2]}, {"xs": [3]}),
    _of("average_guarded", "xs: list[int]", "if not xs:\n    return None\nreturn sum(xs) / len(xs)", {"xs": []},
        {"xs": [3, 4]}),
    _of("show_bool", "ok: bool", "return f'ok={ok}'", {"ok": True}, {"ok": False}),
    _of("show_int", "n: int", "return 'n=' + str(n)", {"n": 5}, {"n": -3}, {"n": 9007199254740991}),
    _of("money", "price: float", "return f'{price:.2f} EUR'", {"price": 2.675}, {"price": 1234.5}, {"price": -0.125},
        {"price": 1.005}),
    _of("thousands", "n: int", "return f'{n:,}'", {"n": 1234567}, {"n": -12}),
    _of("padded", "n: int", "return f'{n:05d}'", {"n": 42}, {"n": -42}),
    _of("round_half", "x: float", "return [round(x), round(x, 1)]", {"x": 0.5}, {"x": 2.5}, {"x": 2.25}, {"x": 1.15}),
    _of("trim", "text: str", "return text.strip()", {"text": "  a  b \n"}, {"text": ""}, {"text": "\u00a0x\t"}),
    _of("words", "text: str", "return text.split()", {"text": " a  b "}, {"text": ""}, {"text": "one"}),
    _of("csv_fields", "line: str", "return line.split(',')", {"line": "a,b,,c"}, {"line": ""}, {"line": "x"}),
    _of("joined", "items: list[Item]", "return ', '.join([item['name'] for item in items])", {"items": []},
        {"items": [A]}, {"items": [A, B]}),
    _of("title_case", "name: str", "return name[:1].upper() + name[1:].lower()", {"name": ""}, {"name": "ada"},
        {"name": "ßA"}),
    _of("tail", "text: str", "return text[-3:]", {"text": "ab"}, {"text": "abcdef"}, {"text": "x😀yz"}),
    _of("starts", "url: str", "return url.startswith('https://') or url.endswith('.pdf')", {"url": "https://x"},
        {"url": "a.pdf"}, {"url": ""}),
    _of("last", "xs: list[int]", "return xs[-1]", {"xs": [1]}, {"xs": [1, 2]}),
    _of("top_two", "xs: list[int]", "return sorted(xs, reverse=True)[:2]", {"xs": []}, {"xs": [1]}, {"xs": [2, 3, 1]}),
    _of("every_other", "xs: list[int]", "return xs[::2]", {"xs": []}, {"xs": [1]}, {"xs": [1, 2, 3, 4]}),
    _of("by_price", "items: list[Item]", "return sorted(items, key=lambda item: item['price'])", {"items": []},
        {"items": [B]}, {"items": [B, C, A]}),
    _of("cheapest", "items: list[Item]", "return min(items, key=lambda item: item['price'])['name']", {"items": [B]},
        {"items": [B, C, A]}),
    _of("ranked", "items: list[Item]", "return [f'{i}. {item[\"name\"]}' for i, item in enumerate(items, 1)]",
        {"items": []}, {"items": [A]}, {"items": [A, B]}),
    _of("pairs", "a: list[int]; b: list[str]", "return [[x, y] for x, y in zip(a, b)]", {"a": [], "b": []},
        {"a": [1], "b": ["x"]}, {"a": [1, 2], "b": ["x", "y", "z"]}),
    _of("count_words", "words: list[str]",
        "counts: dict[str, int] = {}\nfor word in words:\n    counts[word] = counts.get(word, 0) + 1\nreturn counts",
        {"words": []}, {"words": ["a"]}, {"words": ["a", "b", "a"]}),
    _of("merge", "base: dict[str, int]; extra: dict[str, int]", "return {**base, **extra, 'n': 1}", {"base": {},
        "extra": {}}, {"base": {"a": 1}, "extra": {"a": 2}}),
    _of("keys_and_values", "d: dict[str, int]", "return {'keys': list(d), 'values': list(d.values())}", {"d": {}},
        {"d": {"a": 1}}, {"d": {"b": 1, "a": 2}}),
    _of("invert", "d: dict[str, str]", "return {v: k for k, v in d.items()}", {"d": {}}, {"d": {"a": "x"}},
        {"d": {"a": "x", "b": "x"}}),
    _of("lookup_default", "d: dict[str, int]; key: str", "return d[key] if key in d else -1", {"d": {}, "key": "a"},
        {"d": {"a": 0}, "key": "a"}),
    _of("missing_key", "d: dict[str, int]; key: str", "try:\n    return d[key]\nexcept KeyError:\n    return None",
        {"d": {}, "key": "a"}, {"d": {"a": 5}, "key": "a"}),
    _of("grade", "score: int",
        "if score >= 90:\n    grade = 'A'\nelif score >= 75:\n    grade = 'B'\nelse:\n    grade = 'C'\nreturn grade",
        {"score": 95}, {"score": 75}, {"score": 3}),
    _of("chained", "low: int; x: int; high: int", "return low <= x < high", {"low": 1, "x": 1, "high": 2},
        {"low": 1, "x": 2, "high": 2}),
    _of("collatz", "n: int",
        "steps = 0\nwhile n != 1:\n    n = n // 2 if n % 2 == 0 else 3 * n + 1\n    steps += 1\nreturn steps",
        {"n": 1}, {"n": 6}, {"n": 27}),
    _of("first_match", "items: list[Item]; name: str",
        "found = None\nfor item in items:\n    if item['name'] == name:\n        found = item\n        break\n"
        "return found",
        {"items": [], "name": "x"}, {"items": [A, B], "name": "Ink"}),
    _of("loop_else", "xs: list[int]",
        "for x in xs:\n    if x < 0:\n        break\nelse:\n    return 'clean'\nreturn f'bad {x}'", {"xs": []},
        {"xs": [1, -2, 3]}),
    _of("collect", "items: list[Item]",
        "cheap: list[str] = []\ndear: list[str] = []\nfor item in items:\n    if item['price'] < 2:\n"
        "        cheap.append(item['name'])\n    else:\n        dear.append(item['name'])\n"
        "return {'cheap': cheap, 'dear': dear}",
        {"items": []}, {"items": [A]}, {"items": [A, B, C]}),
    _of("refuse_negative", "n: int", "if n < 0:\n    raise ValueError(f'negative: {n}')\nreturn n * 2", {"n": 2},
        {"n": -1}),
    _of("match_kind", "kind: str",
        "match kind:\n    case 'pdf' | 'doc':\n        return 1\n    case '':\n        return 0\n    case _:\n"
        "        return -1", {"kind": "pdf"}, {"kind": ""}, {"kind": "x"}),
    _of("sum_of_range", "n: int", "total = 0\nfor i in range(1, n + 1):\n    total += i * i\nreturn total", {"n": 0},
        {"n": 1}, {"n": 10}),
    _of("prompt", "question: str; passages: list[Passage]",
        "context = '\\n\\n'.join(p['text'] for p in passages)\nreturn f'{context}\\n\\nQuestion: {question}'",
        {"question": "q?", "passages": []}, {"question": "q?", "passages": [P]}, {"question": "é", "passages": [P, Q]}),
    _of("sources", "passages: list[Passage]; least: float",
        "return [p['source'] for p in sorted(passages, key=lambda p: p['score'], reverse=True) if p['score'] >= least]",
        {"passages": [], "least": 0.1}, {"passages": [P, Q], "least": 0.1}, {"passages": [P, Q], "least": 0.7}),
    _of("int_of_text", "text: str", "return int(text) + 1", {"text": "41"}, {"text": " 7 "}),
    _of("same_value", "flag: bool; n: int", "return flag == n", {"flag": True, "n": 1}, {"flag": False, "n": 1}),
    _of("one_call", "question: str",
        "answer = ask(question=question)\nreturn {'answer': answer, 'size': len(question)}", {"question": "hi"},
        tasks=("ask",)),
    _of("calls_in_a_loop", "questions: list[str]",
        "answers: list[str] = []\nfor question in questions:\n    answers.append(ask(question=question))\n"
        "return answers",
        {"questions": []}, {"questions": ["a", "b"]}, tasks=("ask",)),
    _of("caught_call", "question: str",
        "try:\n    answer = ask(question=question)\nexcept ValueError:\n    answer = 'sorry'\nreturn answer",
        {"question": "hi"}, {"question": ""}, tasks=("ask",)),
)  # fmt: skip
