"""Workflows that the tests compile and run both ways. Each is a plain Python function."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from treadle.language import bedrock, each, parallel, task, wait

assistant = bedrock.chat("some.chat-model", max_tokens=100)
embedder = bedrock.embedding("amazon.titan-embed-text-v2:0", dimensions=3)
LIMIT = 3
NAMES = ["ann", "bob"]


class Passage(TypedDict):
    text: str
    score: float
    page: NotRequired[int]


class OutOfStock(ValueError):
    pass


@task
def double(n: int) -> int:
    return n * 2


@task(memory=512, timeout=10)
def shout(text: str, mark: str = "!") -> str:
    return text.upper() + mark


@task
def fail(text: str) -> str:
    raise ValueError(f"no {text}")


@task
def odd(n: int) -> bool:
    return n % 2 == 1


@task
def check(n: int) -> int:
    if n > 2:
        raise OutOfStock(f"{n} is too many")
    if n < 0:
        raise KeyError(n)
    return n


@task
def passages(k: int = 2) -> list[Passage]:
    return [{"text": f"p{n}", "score": n / 2} for n in range(k)]


# --- straight lines


def constants() -> Any:
    return {"a": None, "b": [1, 2.5, True, "x"], "c": {"d": "{% no expression %}"}}


def arithmetic(a: int, b: int) -> list[int]:
    total = a + b
    product = total * 2
    total -= 1
    return [total, product, a // 2, -b % 3]


def shadowed(x: int) -> list[int]:
    ys = [x * 2 for x in range(3)]
    f = lambda x: x + 1  # noqa: E731
    return [x, f(10), *ys]


def swapped(a: int, b: int) -> list[int]:
    a, b = b, a
    return [a, b]


def unpacked(pair: list[int]) -> list[int]:
    first, *rest = pair
    return [first, *rest, len(rest)]


def unpacked_two(pair: list[int]) -> int:
    a, b = pair
    return a - b


def nested_unpack(rows: list[tuple[str, list[int]]]) -> list[str]:
    out = []
    for name, (a, b) in rows:
        out.append(f"{name}{a}{b}")
    return out


def chained(x: int) -> list[int]:
    a = b = x + 1
    b += 1
    return [a, b]


def constant_names(i: int) -> str:
    return NAMES[i] + str(LIMIT)


# --- ways


def branches(n: int) -> str:
    if n < 0:
        size = "negative"
    elif n == 0:
        size = "none"
    elif n < LIMIT:
        size = "few"
    else:
        size = "many"
    return size


def early(n: int) -> str:
    if n > 10:
        return "big"
    for i in range(n):
        if i == 4:
            return f"reached {i}"
    return "small"


def optional(text: str | None) -> int:
    if text is None:
        return -1
    return len(text)


def falls_off(n: int) -> None:
    if n:
        double(n)


def and_or(a: int, b: str, c: list[int]) -> Any:
    return [a and b, a or b, c and c[0], not a, (a and b) or c]


# --- loops


def summed(xs: list[int]) -> int:
    total = 0
    for x in xs:
        total += x
    return total


def widened(xs: list[int]) -> float:
    mean = 0
    for x in xs:
        mean = mean + x / 2
    return mean


def search_loop(xs: list[int], wanted: int) -> str:
    for i, x in enumerate(xs, 1):
        if x == wanted:
            found = i
            break
    else:
        return "not there"
    return f"at {found}"


def skipping(xs: list[int]) -> list[int]:
    out: list[int] = []
    for x in xs:
        if x < 0:
            continue
        if x > 100:
            break
        out.append(x)
    else:
        out.append(-1)
    return out


def counted(n: int) -> list[int]:
    out = []
    while n > 0:
        out.append(n)
        n -= 2
    else:
        out.append(0)
    return out


def grid(n: int) -> list[list[int]]:
    rows = []
    for i in range(n):
        row = []
        for j in range(i, n):
            row.append(i * j)
        rows.append(row)
    return rows


def stepped(a: int, b: int) -> list[int]:
    return_value = []
    for i in range(a, b, -2):
        return_value.append(i)
        i = 100
    return return_value


def items_of(d: dict[str, int]) -> list[str]:
    out = []
    for key, value in d.items():
        out.append(f"{key}={value}")
    return out


def zipped(a: list[int], b: list[str]) -> list[str]:
    out = []
    for x, y in zip(a, b):  # noqa: B905
        out.append(y * x)
    return out


def loop_variable_after(xs: list[int]) -> int:
    last = 0
    for last in xs:  # noqa: B007
        pass
    return last


def forever(n: int) -> int:
    count = 0
    while True:
        count += 1
        if count * count > n:
            return count


def task_loop(xs: list[int]) -> list[int]:
    out = []
    for x in xs:
        y = double(x)
        if odd(y + x):
            out.append(y)
    return out


def while_task(n: int) -> int:
    while odd(n) or 20 < n < 60:
        n = double(n) + 1 if n < 10 else n + 3
    return n


# --- lists and dicts that change


def changed(xs: list[int]) -> list[int]:
    ys = list(xs)
    ys.append(1)
    ys.extend([2, 3])
    ys[0] = 9
    last = ys.pop()
    ys.insert(1, last)
    ys.sort()
    ys.reverse()
    ys += [7]
    del ys[0]
    return ys


def changed_dict(names: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    counts.pop("x", None)
    return counts


def deep_change(n: int) -> dict[str, Any]:
    state = {"inner": {"n": n}, "list": [1, 2]}
    state["inner"]["n"] += 1
    state["list"].append(n)
    state["list"][0] = 5
    return state


# --- calls


def calls_in_order(a: int) -> list[Any]:
    return [double(a), shout(str(double(a + 1)), mark="?"), a]


def short_circuit(a: int) -> Any:
    return [a > 2 and double(a), a == 0 or odd(a), double(a) if odd(a) else "even"]


def condition_call(a: int) -> str:
    if a > 1 and odd(a) and not odd(double(a)):
        return "yes"
    return "no"


def comprehension_calls(xs: list[int]) -> list[int]:
    return [double(x) for x in xs if x > 1]


def comprehension_call_condition(xs: list[int]) -> list[int]:
    x = 5
    return [double(x) + x for x in xs if odd(x)] + [x]


def dict_comprehension_calls(xs: list[int]) -> dict[str, int]:
    return {str(x): double(x) for x in xs}


def nested_comprehension_calls(rows: list[list[int]]) -> list[int]:
    return [double(x) for row in rows for x in row]


def passages_text(k: int) -> str:
    found = passages(k)
    return "\n".join(f"{at}. {p['text']}" for at, p in enumerate(found) if p["score"] >= 0.5)


def models(question: str) -> dict[str, Any]:
    vector = embedder.embed(question)
    reply = assistant.converse(f"{question}: {vector[0]:.2f}", system="be kind")
    return {"reply": reply, "size": len(vector)}


def in_parallel(a: int) -> list[Any]:
    x, y = parallel(lambda: double(a), lambda: {"s": shout(str(a)), "n": None})
    return [x, y["s"]]


def in_parallel_functions(a: int) -> Any:
    def left() -> list[int]:
        b = double(a)
        return [b]

    return parallel(left, lambda: a + 1)


def mapped(xs: list[int], by: int) -> list[int]:
    return each(xs, lambda x: double(x) + by)


def mapped_function(xs: list[int]) -> list[Any]:
    return each(xs, describe, concurrency=2)


def describe(n: int) -> dict[str, Any]:
    if n < 0:
        return {"n": n, "sign": "-"}
    doubled = double(n)
    return {"n": doubled, "sign": "+"}


def mapped_task(xs: list[int]) -> list[int]:
    return each(xs, double)


def tolerated(xs: list[int], most: int) -> list[Any]:
    return each(xs, check, tolerate=most)


def helper_calls(n: int) -> Any:
    a = sign(n)
    b = clamp(n, 0, high=10)
    return [a, b, describe(n)]


def sign(n: int) -> str:
    return "-" if n < 0 else "+"


def clamp(n: int, low: int, *, high: int = 5) -> int:
    if n < low:
        return low
    if n > high:
        n = high
    return n


def waited(n: int) -> int:
    wait(3)
    wait(n)
    return n


# --- errors


def caught(text: str) -> str:
    try:
        return fail(text)
    except ValueError as error:
        return f"caught {error}"


def caught_by_name(n: int) -> str:
    try:
        value = check(n)
    except KeyError:
        return "key"
    except OutOfStock as error:
        return str(error)
    else:
        return f"fine {value}"


def caught_base(n: int) -> str:
    try:
        check(n)
    except (KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "fine"


def caught_all(n: int) -> str:
    try:
        check(n)
    except Exception as error:  # noqa: BLE001
        return str(error)
    return "fine"


def raising(n: int) -> int:
    if n > 3:
        raise OutOfStock(f"{n} left")
    if n == 3:
        raise KeyError("three")
    if n == 2:
        raise RuntimeError
    return n


def reraised(n: int) -> int:
    try:
        return raising(n)
    except KeyError:
        raise
    except ValueError as error:
        raise RuntimeError(f"wrapped {error}") from error


def finally_runs(n: int) -> list[Any]:
    log: list[Any] = []
    try:
        log.append("try")
        if n == 1:
            return [*log, "returned"]
        log.append(check(n))
    except KeyError:
        log.append("except")
    finally:
        log.append("finally")
    return log


def finally_in_loop(xs: list[int]) -> list[Any]:
    log: list[Any] = []
    for x in xs:
        try:
            if x == 1:
                continue
            if x == 2:
                break
            log.append(x)
        finally:
            log.append("end")
    return log


def nested_try(n: int) -> str:
    try:
        try:
            check(n)
        except KeyError as error:
            raise ValueError(f"inner {error}") from error
        return "fine"
    except ValueError as error:
        return f"outer {error}"


def expression_errors(d: dict[str, int], xs: list[int], key: str, i: int) -> Any:
    first = d[key]
    second = xs[i]
    return first // second


def expression_errors_caught(d: dict[str, int], xs: list[int], key: str, i: int) -> Any:
    try:
        first = d[key]
        second = xs[i]
        return first // second
    except KeyError as error:
        return f"no key {error}"
    except (IndexError, ZeroDivisionError) as error:
        return [type(error).__name__, str(error)]


def error_before_call(d: dict[str, int]) -> int:
    return d["x"] + double(1)


def asserted(n: int) -> int:
    assert n > 0, f"{n} is not positive"
    return n


def error_in_map(xs: list[int]) -> Any:
    try:
        return each(xs, lambda x: check(x))
    except ValueError as error:
        return f"map: {error}"


def error_in_comprehension(rows: list[dict[str, int]]) -> list[int]:
    return [10 // row["n"] for row in rows if row]


def retried(n: int) -> int:
    return check(n, retry=2, fallback=-5)  # type: ignore[call-arg]


# --- match


def matched(value: int | str | None) -> str:
    match value:
        case 0:
            return "zero"
        case 1 | 2:
            return "small"
        case "x":
            return "letter"
        case None:
            return "none"
        case str(text) if len(text) > 3:
            return f"long {text}"
        case str():
            return "text"
        case _:
            return "other"


def matched_list(xs: list[int]) -> str:
    match xs:
        case []:
            return "empty"
        case [x]:
            return f"one {x}"
        case [1, y]:
            return f"one and {y}"
        case [first, *rest]:
            return f"{first} then {len(rest)}"
    return "never"


def matched_dict(d: dict[str, int]) -> str:
    match d:
        case {"a": 1}:
            return "a is 1"
        case {"a": a, "b": b}:
            return f"{a} {b}"
        case _:
            return "other"


# --- walrus, conditional expressions


def walrus(xs: list[int]) -> int:
    if (n := len(xs)) > 2:
        return n
    while (m := double(n)) < 5:
        n += 1
    return m


def conditional(n: int) -> str:
    return "neg" if n < 0 else "zero" if n == 0 else "pos"


def deep_sum(a: int) -> int:
    return (
        a + 1 + a + 2 + a + 3 + a + 4 + a + 5 + a + 6 + a + 7 + a + 8 + a + 9 + a + 10 + a + 11 + a + 12 + a + 13 + a + 14
        + a + 15 + a + 16 + a + 17 + a + 18 + a + 19 + a + 20 + a + 21 + a + 22 + a + 23 + a + 24 + a + 25 + a + 26 + a + 27
        + a + 28 + a + 29 + a + 30 + a + 31 + a + 32 + a + 33 + a + 34 + a + 35 + a + 36 + a + 37 + a + 38 + a + 39 + a + 40
        + a + 41 + a + 42 + a + 43 + a + 44 + a + 45 + a + 46 + a + 47 + a + 48 + a + 49 + a + 50 + a + 51 + a + 52 + a + 53
    )  # fmt: skip
