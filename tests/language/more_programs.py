"""Workflows with the rest of the vocabulary, and the traps of aliasing, scope and naming."""
# ruff: noqa: RUF005, C416

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass
from typing import Any, TypedDict

from tests.language.programs import assistant, check, double, shout
from treadle.language import Retry, aws, callback, distribute, each, parallel, task, wait


@dataclass
class Point:
    x: int
    y: int = 2


class Order(TypedDict):
    id: str
    items: list[str]


@task
def ask(question: str, token: str) -> None: ...


@task
def total(items: list[int]) -> int:
    return sum(items)


@task
def lookup_city(name: str) -> str:
    """The country of a city."""
    return {"Paris": "France"}.get(name, "unknown")


def put_item(order: Order) -> Any:
    """Store an order."""
    found = aws.dynamodb.get_item(TableName="orders", Key={"id": {"S": order["id"]}})
    if "Item" in found:
        return found["Item"]
    aws.dynamodb.put_item(TableName="orders", Item={"id": {"S": order["id"]}})
    return None


def asked(question: str) -> str:
    answer = callback(ask, question, returns=str, timeout=60)
    return answer.upper()


def using(n: int) -> int:
    # try hard
    return check.using(retry=Retry(attempts=2, on=(ValueError,)), timeout=5)(n)


def distributed(xs: list[int], by: int) -> list[int]:
    return distribute(xs, lambda x: double(x) + by, concurrency=10)


def distributed_batches(xs: list[int], by: int) -> list[int]:
    return distribute(xs, lambda batch: total(batch) * by, batch=2)


def dataclasses(n: int) -> list[int]:
    p = Point(n)
    q = Point(x=1, y=n)
    return [p.x, p.y, q.x, q.y]


def aliased(xs: list[int]) -> list[Any]:
    ys = xs
    zs = ys + [1]
    zs.append(2)
    return [xs, ys, zs]


def rows_built(n: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i in range(n):
        row: dict[str, Any] = {"i": i}
        row["square"] = i * i
        rows.append(row)
    return rows


def agent(question: str) -> str:
    messages: list[dict[str, Any]] = [{"role": "user", "content": question}]
    turns = 0
    while turns < 4:
        turns += 1
        reply = assistant.converse(messages, tools=[lookup_city])
        if not reply["calls"]:
            return reply["text"]
        messages.append(reply["message"])
        results = []
        for call in reply["calls"]:
            if call["name"] == "lookup_city":
                output = lookup_city(**call["input"])
            else:
                output = "no such tool"
            results.append({"id": call["id"], "content": output})
        messages.append({"role": "tools", "results": results})
    return "no answer"


def waits(until: str) -> str:
    wait(until="2030-01-01T00:00:00Z")
    return until


def named_state(n: int) -> int:
    m = double(n)  # state: Double it
    # The greeting is loud.
    s = shout(str(m))
    return len(s)


def outer_variables(xs: list[int]) -> list[int]:
    x = 10

    def inner(y: int) -> int:
        x = y + 1
        return double(x)

    ys = each(xs, inner)
    return [x, *ys]


def closures(n: int) -> int:
    base = n

    def add(k: int) -> int:
        return base + k

    base = 100
    return add(1)


def shadow_comprehension(xs: list[int]) -> list[Any]:
    p = 3
    a = [p * q for q in xs for p in range(q)]
    b = {str(p): [p for p in xs] for p in xs}
    return [p, a, b]


def nested_functions_in_loops(rows: list[list[int]]) -> list[Any]:
    out: list[Any] = []
    for row in rows:
        for i, value in enumerate(row):
            if value < 0:
                break
            out.append([i, double(value)])
        else:
            out.append("whole")
    return out


def none_and_missing(d: dict[str, int | None]) -> list[Any]:
    out: list[Any] = []
    for key in ("a", "b"):
        value = d.get(key)
        if value is None:
            out.append("none")
        else:
            out.append(value + 1)
        out.append(key in d)
    return out


def singles(xs: list[list[int]]) -> list[Any]:
    first = [x for x in xs]
    second = [[x] for x in xs if x]
    third = [y for x in xs for y in x]
    return [first, second, third, xs[:1], xs + [[]], len(xs), [xs]]


def returned_from_loop_in_try(xs: list[int]) -> Any:
    seen: list[Any] = []
    for x in xs:
        try:
            value = check(x)
            if value == 2:
                return list(seen)
        except ValueError as error:
            seen.append(str(error))
            continue
        finally:
            seen.append("f")
        seen.append(value)
    return {"seen": seen}


def try_else_raises(n: int) -> str:
    try:
        m = check(n)
    except ValueError:
        return "value"
    else:
        if m == 1:
            raise ValueError("from else")
    return "end"


def error_in_handler(n: int) -> str:
    try:
        check(n)
    except ValueError as error:
        text = str(error)
        d: dict[str, str] = {}
        return d[text]
    return "fine"


def bare_except(n: int) -> str:
    try:
        1 // n
        check(n)
    except:  # noqa: E722
        return "caught"
    return "fine"


def named_like_functions(count: int, sum: list[int], map: dict[str, int]) -> list[Any]:
    length = len(sum)
    keys = [key for key in map]
    exists = count in sum
    append = sum + [length]
    return [length, keys, exists, append, [string for string in sum if string], "-".join(keys)]


def walrus_loop(n: int) -> int:
    x = n
    while (x := double(x)) < 20:
        pass
    return x


def long_chain(a: int) -> int:
    return (
        a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
        + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a
    )  # fmt: skip


class Sentiment(TypedDict):
    mood: str
    score: float


def structured(text: str) -> str:
    found = assistant.converse(f"How is this? {text}", returns=Sentiment)
    return f"{found['mood']} {found['score'] > 0.5}"


def shared_agent_tools(n: int) -> list[Any]:
    log: list[Any] = []
    kept = {"n": n, "all": log}
    kept["n"] = n + 1
    return [kept, len(log)]


def many_returns(n: int) -> Any:
    for i in range(n):
        if i == 3:
            return {"i": i}
        elif i == 5:
            return None
    else:
        if n == 0:
            return []
    return [n]


def nested_parallel_errors(n: int) -> Any:
    try:
        a, b = parallel(lambda: each([n, 1], lambda x: check(x)), lambda: double(n))
    except ValueError as error:
        return {"error": str(error), "kind": type(error).__name__}
    return [a, b]


def too_many(count: int, most: int = 3) -> int:
    if count > most:
        raise ValueError(f"{count} is more than {most}")
    return double(count)


def helper_raises(xs: list[int], note: str) -> list[Any]:
    log: list[Any] = []
    for at, x in enumerate(xs):
        try:
            count = too_many(x)
        except ValueError as error:
            log.append(f"{note} {at} {error}")
        else:
            log.append(count)
        finally:
            log.append("-")
    return log


def floored(a: float, b: float) -> float:
    return a // b + a % b


def drawn(low: int, high: int, names: list[str]) -> list[bool]:
    return [low <= random.randint(low, high) <= high, random.choice(names) in names, 1 <= random.randint(1, 6) <= 6]


def at_most_five(v: int) -> int:
    if v > 5:
        return 5
    return v


def keyed_after(a: int | None, xs: list[int]) -> Any:
    return a + 1 + max(xs, key=at_most_five)  # type: ignore[operator]


def year_of(n: int) -> int:
    return datetime.datetime.fromtimestamp(n, datetime.UTC).year


def day_of(text: str) -> str:
    return datetime.date.fromisoformat(text).isoformat()
