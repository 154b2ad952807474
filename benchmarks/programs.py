"""Programs for the language benchmark: ordinary workflow code, each with inputs that reach its corners.

A program is the body of a function; `ask` is a task in it. Where Python can raise on an input of the declared types,
one input makes it raise. `peer` is the body in the words of the peer, where it has other words for the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSON = Any


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    parameters: Mapping[str, str]
    body: str
    inputs: tuple[Mapping[str, JSON], ...]
    peer: str = ""


def _of(name: str, parameters: str, body: str, *inputs: Mapping[str, JSON], peer: str = "") -> Program:
    pairs = [each.split(": ", 1) for each in parameters.split("; ")]
    return Program(name, {each[0]: each[1] for each in pairs}, body.strip("\n"), inputs, peer.strip("\n"))


TYPES = """
class Refused(Exception):
    pass

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
        {"a": 7, "b": 2}, {"a": -7, "b": 2}, {"a": 7, "b": -2}, {"a": 7, "b": 0}),
    _of("average", "xs: list[int]", "return sum(xs) / len(xs)", {"xs": [1, 2]}, {"xs": [3]}, {"xs": []}),
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
    _of("last", "xs: list[int]", "return xs[-1]", {"xs": [1]}, {"xs": [1, 2]}, {"xs": []}),
    _of("top_two", "xs: list[int]", "return sorted(xs, reverse=True)[:2]", {"xs": []}, {"xs": [1]}, {"xs": [2, 3, 1]}),
    _of("every_other", "xs: list[int]", "return xs[::2]", {"xs": []}, {"xs": [1]}, {"xs": [1, 2, 3, 4]}),
    _of("by_price", "items: list[Item]", "return sorted(items, key=lambda item: item['price'])", {"items": []},
        {"items": [B]}, {"items": [B, C, A]}),
    _of("cheapest", "items: list[Item]", "return min(items, key=lambda item: item['price'])['name']", {"items": [B]},
        {"items": [B, C, A]}, {"items": []}),
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
        {"d": {}, "key": "a"}, {"d": {"a": 5}, "key": "a"}, peer="return d.get(key)"),
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
        {"xs": [1, -2, 3]},
        peer="for x in xs:\n    if x < 0:\n        return f'bad {x}'\nreturn 'clean'"),
    _of("collect", "items: list[Item]",
        "cheap: list[str] = []\ndear: list[str] = []\nfor item in items:\n    if item['price'] < 2:\n"
        "        cheap.append(item['name'])\n    else:\n        dear.append(item['name'])\n"
        "return {'cheap': cheap, 'dear': dear}",
        {"items": []}, {"items": [A]}, {"items": [A, B, C]}),
    _of("refuse_negative", "n: int", "if n < 0:\n    raise Refused(f'negative: {n}')\nreturn n * 2", {"n": 2},
        {"n": -1}),
    _of("match_kind", "kind: str",
        "match kind:\n    case 'pdf' | 'doc':\n        return 1\n    case '':\n        return 0\n    case _:\n"
        "        return -1", {"kind": "pdf"}, {"kind": ""}, {"kind": "x"},
        peer="if kind == 'pdf' or kind == 'doc':\n    return 1\nif kind == '':\n    return 0\nreturn -1"),
    _of("sum_of_range", "n: int", "total = 0\nfor i in range(1, n + 1):\n    total += i * i\nreturn total", {"n": 0},
        {"n": 1}, {"n": 10}),
    _of("prompt", "question: str; passages: list[Passage]",
        "context = '\\n\\n'.join(p['text'] for p in passages)\nreturn f'{context}\\n\\nQuestion: {question}'",
        {"question": "q?", "passages": []}, {"question": "q?", "passages": [P]}, {"question": "é", "passages": [P, Q]},
        peer="context = '\\n\\n'.join([p['text'] for p in passages])\nreturn f'{context}\\n\\nQuestion: {question}'"),
    _of("sources", "passages: list[Passage]; least: float",
        "return [p['source'] for p in sorted(passages, key=lambda p: p['score'], reverse=True) if p['score'] >= least]",
        {"passages": [], "least": 0.1}, {"passages": [P, Q], "least": 0.1}, {"passages": [P, Q], "least": 0.7}),
    _of("int_of_text", "text: str", "return int(text) + 1", {"text": "41"}, {"text": " 7 "}, {"text": "x"}),
    _of("same_value", "flag: bool; n: int", "return flag == n", {"flag": True, "n": 1}, {"flag": False, "n": 1}),
    _of("one_call", "question: str",
        "answer = ask(question=question)\nreturn {'answer': answer, 'size': len(question)}", {"question": "hi"},),
    _of("calls_in_a_loop", "questions: list[str]",
        "answers: list[str] = []\nfor question in questions:\n    answers.append(ask(question=question))\n"
        "return answers",
        {"questions": []}, {"questions": ["a", "b"]}),
    _of("caught_call", "question: str",
        "try:\n    answer = ask(question=question)\nexcept ValueError:\n    answer = 'sorry'\nreturn answer",
        {"question": "hi"}, {"question": ""}),
    _of("weighted_average", "items: list[Item]",
        "total = sum(item['price'] * item['count'] for item in items)\n"
        "return total / sum(item['count'] for item in items)",
        {"items": [A, C]}, {"items": [B]}, {"items": []}),
    _of("percent_change", "old: float; new: float", "return round((new - old) / old * 100)", {"old": 4.0, "new": 5.0},
        {"old": 8.0, "new": 2.0}, {"old": 0.0, "new": 1.0}),
    _of("median", "xs: list[int]",
        "ordered = sorted(xs)\nmiddle = len(ordered) // 2\nif len(ordered) % 2 == 1:\n    return ordered[middle]\n"
        "return (ordered[middle - 1] + ordered[middle]) / 2",
        {"xs": [3, 1, 2]}, {"xs": [4, 1]}, {"xs": [5]}, {"xs": []}),
    _of("first_or_none", "passages: list[Passage]",
        "if not passages:\n    return None\nbest = max(passages, key=lambda p: p['score'])\nreturn best['text']",
        {"passages": []}, {"passages": [P, Q]}),
    _of("safe_ratio", "part: int; whole: int", "if whole == 0:\n    return 0\nreturn part / whole",
        {"part": 1, "whole": 4},
        {"part": 1, "whole": 0}),
    _of("safe_get", "d: dict[str, int]; key: str", "if key in d:\n    return d[key]\nreturn 0", {"d": {}, "key": "a"},
        {"d": {"a": 5}, "key": "a"}),
    _of("two_keys", "d: dict[str, int]", "return d['low'] + d['high']", {"d": {"low": 1, "high": 2}}, {"d": {"low": 1}},
        {"d": {}}),
    _of("ends", "xs: list[str]", "first = xs[0]\nlast = xs[-1]\nreturn f'{first} to {last}'", {"xs": ["a"]},
        {"xs": ["a", "b"]}, {"xs": []}),
    _of("index_loop", "xs: list[int]",
        "rises = 0\nfor i in range(1, len(xs)):\n    if xs[i] > xs[i - 1]:\n        rises += 1\nreturn rises",
        {"xs": []}, {"xs": [1]}, {"xs": [1, 3, 2, 4]}),
    _of("while_index", "xs: list[int]; wanted: int",
        "i = 0\nwhile i < len(xs):\n    if xs[i] == wanted:\n        return i\n    i += 1\nreturn -1",
        {"xs": [], "wanted": 1}, {"xs": [3, 1], "wanted": 1}, {"xs": [3], "wanted": 1}),
    _of("group", "items: list[Item]",
        "groups: dict[str, list[str]] = {}\nfor item in items:\n    key = item['name'][:1]\n    if key not in groups:\n"
        "        groups[key] = []\n    groups[key].append(item['name'])\nreturn groups",
        {"items": []}, {"items": [A]}, {"items": [A, B, C]},
        peer="groups: dict[str, list[str]] = {}\nfor item in items:\n    key = item['name'][:1]\n"
        "    groups = {**groups, key: [*groups.get(key, []), item['name']]}\nreturn groups"),
    _of("running_total", "xs: list[int]",
        "total = 0\ntotals: list[int] = []\nfor x in xs:\n    total += x\n    totals.append(total)\nreturn totals",
        {"xs": []}, {"xs": [1]}, {"xs": [1, 2, 3]},
        peer="total = 0\ntotals: list[int] = []\nfor x in xs:\n    total += x\n    totals = totals + [total]\n"
        "return totals"),
    _of("chunks", "text: str; size: int",
        "chunks: list[str] = []\nat = 0\nwhile at < len(text):\n    chunks.append(text[at:at + size])\n    at += size\n"
        "return chunks",
        {"text": "", "size": 3}, {"text": "abcdefgh", "size": 3},
        peer="chunks: list[str] = []\nat = 0\nwhile at < len(text):\n    chunks = chunks + [text[at:at + size]]\n"
        "    at += size\nreturn chunks"),
    _of("batches", "xs: list[int]; size: int", "return [xs[i:i + 2] for i in range(0, len(xs), 2)]",
        {"xs": [], "size": 2},
        {"xs": [1], "size": 2}, {"xs": [1, 2, 3], "size": 2}),
    _of("unique", "words: list[str]",
        "seen: list[str] = []\nfor word in words:\n    if word not in seen:\n        seen.append(word)\nreturn seen",
        {"words": []}, {"words": ["a"]}, {"words": ["a", "b", "a"]},
        peer="seen: list[str] = []\nfor word in words:\n    if word not in seen:\n        seen = seen + [word]\n"
        "return seen"),
    _of("word_lengths", "words: list[str]", "return {word: len(word) for word in words}", {"words": []},
        {"words": ["a"]},
        {"words": ["a", "bcé😀"]}),
    _of("longest", "words: list[str]",
        "best = ''\nfor word in words:\n    if len(word) > len(best):\n        best = word\nreturn best", {"words": []},
        {"words": ["a", "bcd", "ef"]}),
    _of("fizzbuzz", "n: int",
        "lines: list[str] = []\nfor i in range(1, n + 1):\n    if i % 15 == 0:\n        lines.append('FizzBuzz')\n"
        "    elif i % 3 == 0:\n        lines.append('Fizz')\n    elif i % 5 == 0:\n        lines.append('Buzz')\n"
        "    else:\n        lines.append(str(i))\nreturn lines",
        {"n": 0}, {"n": 1}, {"n": 15},
        peer="lines: list[str] = []\nfor i in range(1, n + 1):\n    if i % 15 == 0:\n        line = 'FizzBuzz'\n"
        "    elif i % 3 == 0:\n        line = 'Fizz'\n    elif i % 5 == 0:\n        line = 'Buzz'\n    else:\n"
        "        line = str(i)\n    lines = lines + [line]\nreturn lines"),
    _of("two_values", "score: int; premium: bool",
        "level = 'low'\nlimit = 10\nif score > 50:\n    level = 'high'\n    limit = 100\nif premium:\n"
        "    limit = limit * 2\n"
        "return {'level': level, 'limit': limit}",
        {"score": 1, "premium": False}, {"score": 60, "premium": True}),
    _of("nested_ifs", "kind: str; size: int",
        "if kind == 'pdf':\n    if size > 100:\n        return 'big pdf'\n    return 'pdf'\n"
        "if kind == 'text' and size == 0:\n"
        "    return 'empty'\nreturn 'other'",
        {"kind": "pdf", "size": 101}, {"kind": "pdf", "size": 1}, {"kind": "text", "size": 0},
        {"kind": "x", "size": 0}),
    _of("refuse_empty", "question: str",
        "if not question:\n    raise Refused('no question')\nif len(question) > 5:\n    raise Refused('too long')\n"
        "return ask(question=question)", {"question": "hi"}, {"question": ""}, {"question": "longer"}),
    _of("helper", "items: list[Item]",
        "def cost(item: Item) -> float:\n    return item['price'] * item['count']\n"
        "return [cost(item) for item in items]",
        {"items": []}, {"items": [A]}, {"items": [A, C]},
        peer="return [item['price'] * item['count'] for item in items]"),

           _of("two_asks", "question: str",
        "first = ask(question=question)\nsecond = ask(question=first)\nreturn [first, second]",
        {"question": "hi"}),
    _of("ask_when_needed", "question: str; known: str",
        "if known:\n    return known\nreturn ask(question=question)", {"question": "hi", "known": ""},
        {"question": "hi", "known": "yes"}),
    _of("ask_in_parallel", "question: str",
        "both = parallel(lambda: ask(question=question), lambda: ask(question='b'))\nreturn ' '.join(both)",
        {"question": "hi"},
        peer="def first() -> str:\n    return ask(question=question)\n\ndef second() -> str:\n"
        "    return ask(question='b')\n\n"
        "both: list[str] = parallel(first, second)\nreturn ' '.join(both)"),
    _of("ask_each", "questions: list[str]", "return each(questions, lambda question: ask(question=question))",
        {"questions": ["a"]}, {"questions": ["a", "b"]},
        peer="def one(question: str) -> str:\n    return ask(question=question)\n\nreturn inline_map(one, questions)"),
    _of("ask_all", "questions: list[str]", "return [ask(question=question) for question in questions]",
        {"questions": []},
        {"questions": ["a", "b"]},
        peer="def one(question: str) -> str:\n    return ask(question=question)\n\n"
        "return inline_map(one, questions, max_concurrency=1)"),
    _of("poll", "question: str",
        "state = 'RUNNING'\ntries = 0\nwhile state == 'RUNNING' and tries < 3:\n    wait(5)\n"
        "    state = ask(question=question)\n    tries += 1\nreturn {'state': state, 'tries': tries}",
        {"question": "done"}, {"question": "running"}),
    _of("agent_loop", "question: str",
        "notes: list[str] = [question]\nfor turn in range(3):\n    reply = ask(question=notes[-1])\n"
        "    if reply == 'STOP':\n        break\n    notes.append(reply)\nreturn {'notes': notes, 'turns': len(notes)}",
        {"question": "stop"}, {"question": "go"},
        peer="notes: list[str] = [question]\nfor turn in range(3):\n    reply: str = ask(question=notes[-1])\n"
        "    if reply == 'STOP':\n        break\n    notes = notes + [reply]\n"
        "return {'notes': notes, 'turns': len(notes)}"),
    _of("ask_again", "question: str",
        "answer = ''\nfor turn in range(2):\n    try:\n        answer = ask(question=question)\n        break\n"
        "    except Exception:\n        wait(1)\nreturn answer", {"question": "hi"}, {"question": ""}),
    _of("any_error", "question: str",
        "try:\n    answer = ask(question=question)\nexcept Exception:\n    return {'ok': False, 'answer': None}\n"
        "return {'ok': True, 'answer': answer}", {"question": "hi"}, {"question": ""}),
    _of("clean_up", "question: str",
        "done = False\ntry:\n    answer = ask(question=question)\nfinally:\n    done = True\nreturn [answer, done]",
        {"question": "hi"}, {"question": ""}),
    _of("rag", "question: str; passages: list[Passage]; k: int",
        "best = sorted(passages, key=lambda p: p['score'], reverse=True)[:k]\nif not best:\n"
        "    return {'answer': None, 'sources': []}\ncontext = '\\n\\n'.join([p['text'] for p in best])\n"
        "answer = ask(question=f'{context}\\n\\n{question}')\n"
        "return {'answer': answer, 'sources': [p['source'] for p in best]}",
        {"question": "q", "passages": [], "k": 2}, {"question": "q", "passages": [P, Q], "k": 1},
        {"question": "é", "passages": [P, Q], "k": 5}),
    _of("triage", "message: str",
        "label = ask(question=message)\nif 'URGENT' in label:\n    queue = 'now'\nelif 'BILL' in label:\n"
        "    queue = 'money'\n"
        "else:\n    queue = 'later'\nreturn {'label': label, 'queue': queue}",
        {"message": "urgent!"}, {"message": "my bill"}, {"message": "hi"},
        peer="label: str = ask(question=message)\nif 'URGENT' in label:\n    queue = 'now'\nelif 'BILL' in label:\n"
        "    queue = 'money'\nelse:\n    queue = 'later'\nreturn {'label': label, 'queue': queue}"),
    _of("totals_by_name", "items: list[Item]",
        "report = {}\nfor item in items:\n    report[item['name']] = round(item['price'] * item['count'])\n"
        "return {'report': report, 'names': len(report)}",
        {"items": []}, {"items": [A]}, {"items": [A, B, C]},
        peer="report: dict[str, int] = {}\nfor item in items:\n"
        "    report = {**report, item['name']: round(item['price'] * item['count'])}\n"
        "return {'report': report, 'names': len(report)}"),
    _of("optional_name", "name: str | None", "if name is None:\n    return 'nobody'\nreturn name.upper()",
        {"name": None},
        {"name": "ada"}, peer="given = name\nif given is None:\n    return 'nobody'\nreturn given.upper()"),
    _of("approve", "question: str",
        "verdict = callback(review, question=question, returns=str)\n"
        "return 'published' if verdict == 'yes' else 'dropped'",
        peer="verdict: str = review(question=question)\nreturn 'published' if verdict == 'yes' else 'dropped'"),
)  # fmt: skip
