"""What an agent may do. The docstrings are what the model reads."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

from tasks import places
from tasks.retrieval import search
from treadle import task

_OPERATORS: dict[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


@task(memory=1024, timeout=30)
def lookup(question: str) -> str:
    """Look a question up in the indexed documents; gives passages with their sources."""
    passages = search(places.embeddings().embed([question])[0], 3)
    return "\n\n".join(f"[{p['source']}]\n{p['text']}" for p in passages) or "no document says anything about that"


@task
def calculate(expression: str) -> str:
    """Calculate an arithmetic expression with + - * / // % and parentheses, for example "3 * (4 + 5)"."""
    try:
        value = _value(ast.parse(expression, mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError) as error:
        return f"cannot be calculated: {error}"
    return str(value)


@task
def ask(question: str, token: str = "") -> None:
    """Ask a person a question that no document answers; the person may take a day."""
    # On this machine the person sits at the terminal. On AWS this is where the question and the token are sent to where
    # the person is; the answer comes back by SendTaskSuccess.
    from treadle.engine import send_task_failure, send_task_success

    try:
        with open("/dev/tty", "r+", encoding="utf-8", buffering=1) as terminal:
            terminal.write(f"\n{question}\n> ")
            answer = terminal.readline().strip()
    except OSError:
        send_task_failure(token, "NobodyThere", "no terminal to ask a person at: run the agent in one")
        return
    send_task_success(token, answer)


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(operand))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(left), _value(right))
    raise ValueError("only numbers, + - * / // % and parentheses")
