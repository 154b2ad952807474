"""What programs around models do to text, `s`: chunks, slugs, bullets, templates, citations, patterns of all kinds."""
# ruff: noqa: B007, C416

from __future__ import annotations

import re
from typing import Any

STOP = {"the", "a", "of"}
PROMPT = """Answer from the context.

{context}

Question: {question}"""


def cut(s: str) -> Any:
    return [s[i : i + 20] for i in range(0, len(s), 20)]


def cut_with_overlap(s: str) -> Any:
    size, overlap = 12, 3
    return [s[i : i + size] for i in range(0, max(1, len(s)), size - overlap)]


def word_chunks(s: str) -> Any:
    words = s.split()
    return [" ".join(words[i : i + 3]) for i in range(0, len(words), 3)]


def sentences(s: str) -> Any:
    return [x.strip() for x in re.split(r"[.!?]\s+", s) if x.strip()]


def packed_sentences(s: str) -> Any:
    chunks: list[str] = []
    current = ""
    for sentence in re.split(r"([.!?])\s*", s):
        if len(current) + len(sentence) > 20 and current:
            chunks.append(current)
            current = sentence
        else:
            current += sentence
    if current:
        chunks.append(current)
    return chunks


letter = re.compile("a")


def own_names(s: str) -> str:
    """A comprehension's variable hides an object of the module."""
    return "".join(letter for letter in s if letter.isascii())


def slug(s: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", s.lower()).strip("-")


def shortened(s: str) -> str:
    return s if len(s) <= 10 else s[:9].rstrip() + "…"


def prompt(s: str) -> str:
    return PROMPT.format(context=s, question="why?")


def bullets(s: str) -> str:
    return "\n".join(f"- {line.strip()}" for line in s.splitlines() if line.strip())


def numbered(s: str) -> str:
    return "\n".join(f"{n}. {w}" for n, w in enumerate(s.split(), 1))


def word_counts(s: str) -> Any:
    return {w: s.lower().split().count(w) for w in sorted(set(s.lower().split()))}


def keywords(s: str) -> Any:
    return sorted(set(re.findall(r"[a-z]+", s.lower())) - STOP)


def fenced(s: str) -> Any:
    m = re.search(r"```(?:json)?\s*(.*?)```", s, re.DOTALL)
    return m.group(1).strip() if m else s


def citations(s: str) -> Any:
    return re.findall(r"\[(\d+)\]", s, re.ASCII)


def integers(s: str) -> Any:
    return [int(n) for n in re.findall(r"[0-9]+", s)]


def untagged(s: str) -> str:
    return re.sub(r"<[^>]+>", "", s)


def header(s: str) -> Any:
    out = {}
    for line in s.splitlines():
        key, sep, value = line.partition(":")
        if sep:
            out[key.strip()] = value.strip()
    return out


def address(s: str) -> Any:
    m = re.match(r"^(?P<user>[^@\s]+)@(?P<host>[^@\s]+)$", s)
    return m.groupdict() if m else None


def filled(s: str) -> str:
    text = s
    for name, value in {"name": "Ann", "n": "3"}.items():
        text = text.replace("{" + name + "}", value)
    return text


def filled_by_pattern(s: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: {"name": "Ann"}.get(m.group(1), m.group(0)), s, flags=re.ASCII)


def uncommented(s: str) -> Any:
    return [line for line in s.split("\n") if not line.startswith("#")]


def sections(s: str) -> Any:
    sections: list[dict[str, Any]] = []
    for part in re.split(r"\n(?=# )", s):
        title, _, body = part.partition("\n")
        sections.append({"title": title.removeprefix("# "), "body": body})
    return sections


def wants_refund(s: str) -> bool:
    return bool(re.search(r"\b(refund|cancel)\b", s, re.I | re.A))


def first_words(s: str) -> str:
    return " ".join(s.split())[:12]


def three_words(s: str) -> str:
    words = s.split()
    return " ".join(words[:3]) + ("..." if len(words) > 3 else "")


def table_row(s: str) -> Any:
    lines = s.splitlines()
    return "| " + " | ".join(f"{line:<5}" for line in lines) + " |"


def longest_word(s: str) -> Any:
    best = ""
    for w in re.findall(r"\S+", s):
        if len(w) > len(best):
            best = w
    return best


def ranked(s: str) -> Any:
    q = set(s.lower().split())
    docs = ["the cat", "a dog", "cat and dog"]
    scored = [(len(q & set(d.split())), d) for d in docs]
    return [d for n, d in sorted(scored, reverse=True) if n > 0]


def chunk_records(s: str) -> Any:
    return [
        {"id": f"chunk-{i:03d}", "text": s[i : i + 5], "n": len(s[i : i + 5].encode())} for i in range(0, len(s), 5)
    ]


def masked(s: str) -> str:
    masked = re.sub(r"[A-Za-z0-9._]+@[A-Za-z0-9.]+", "[email]", s)
    return re.sub(r"\d{3,}", lambda m: "*" * len(m.group()), masked, flags=re.ASCII)


def hashtags(s: str) -> Any:
    tags = []
    for m in re.finditer(r"#(\w+)", s, re.A):
        if m.group(1) not in tags:
            tags.append(m.group(1))
    return tags


def first_number(s: str) -> Any:
    try:
        m = re.search(r"[0-9]+", s)
        return int(m.group())
    except AttributeError as e:
        return str(e)


def upper_first(s: str) -> Any:
    return s[:1].upper() + s[1:]


def count_matches(s: str) -> Any:
    count = 0
    for m in re.finditer("o", s):
        count += 1
    return count


def single_spaces(s: str) -> Any:
    text = s
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def matches_as_list(s: str) -> Any:
    ms = [m for m in re.finditer("[a-z]+", s)]
    return [m.group() for m in ms] + [str(len(ms))]


def ratio(s: str) -> Any:
    if not (m := re.search(r"(\d+) of (\d+)", s, re.A)):
        return None
    a, b = m.groups()
    return int(a) / int(b) if int(b) else None


def capitalised(s: str) -> Any:
    return [w for w in s.split() if re.fullmatch(r"[A-Z][a-z]*", w)]


W = re.compile("[a-z]+")
V = re.compile(
    r"""
   (?P<y>[0-9]{4})   # year
   -(?P<m>[0-9]{2})""",
    re.X,
)
PAT = "[0-9]+"


def shout(m: re.Match[str]) -> str:
    return m.group().upper()


def either_pattern(s: str) -> Any:
    m = re.search("a+", s) or re.search("b+", s)
    return m.group() if m else None


def by_helper(s: str) -> Any:
    return re.sub("[a-z]", shout, s)


def doubled(s: str) -> Any:
    return re.sub("[0-9]+", lambda m: str(int(m.group()) * 2), s)


def verbose_pattern(s: str) -> Any:
    m = V.search(s)
    if not m:
        return None
    return {"y": int(m["y"]), "m": m.group("m"), "all": m.groups(), "d": m.groupdict()}


def only_words(s: str) -> Any:
    return [x for x in s.split(" ") if W.fullmatch(x)]


def by_method(s: str) -> Any:
    return list(filter(W.match, s.split(" ")))


def any_line(s: str) -> Any:
    return any(re.search(PAT, x) for x in s.split(" ")), [bool(re.match(PAT, x)) for x in s.split(" ")]


def built_pattern(s: str) -> Any:
    return len(re.findall(rf"{PAT}x?", s)), re.findall("(" + PAT + ")-?", s)[:1]


def local_pattern(s: str) -> Any:
    p = re.compile(PAT)
    out = []
    for w in s.split():
        if p.match(w):
            out.append(p.sub("#", w))
    return out


def later_match(s: str) -> Any:
    m = None
    if len(s) > 3:
        m = re.match("[a-z]+", s)
    if m is not None:
        return m.end(), m.start()
    return None


def until_none(s: str) -> Any:
    while (m := re.search("aa", s)) is not None:
        s = s[: m.start()] + "a" + s[m.end() :]
    return s


def no_match(s: str) -> Any:
    try:
        return re.search("z", s)[0]
    except TypeError as e:
        return str(e)


def key_and_value(s: str) -> Any:
    k, v = re.split("=", s, maxsplit=1)
    return {k: v}


def pairs_of_lines(s: str) -> Any:
    return [(m.group(1), m.group(2)) for line in s.splitlines() if (m := re.match(r"(\w+): (.*)", line, re.A))]


def query(s: str) -> Any:
    return {k: v for k, v in re.findall(r"([a-z]+)=([^&]*)", s)}


def query_dict(s: str) -> Any:
    return dict(re.findall(r"([a-z]+)=([^&]*)", s))


def longest(s: str) -> Any:
    return max(re.findall("[a-z]+", s), key=len, default="")


def placed_words(s: str) -> Any:
    return [f"{m.group()}@{m.start()}" for m in re.finditer("[a-z]+", s)]


def distinct_words(s: str) -> Any:
    return sorted({m.group().lower() for m in re.finditer("[A-Za-z]+", s)})


def conditions(s: str) -> Any:
    return "yes" if re.search("a", s) and not re.search("b", s) else "no"


def named_template(s: str) -> Any:
    return re.sub(r"(?P<first>[a-z])(?P<second>[0-9])?", r"\g<second>\g<first>\\", s)
