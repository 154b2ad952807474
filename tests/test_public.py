"""The public surface: what `__all__` says is what can be imported, and importing it costs nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

import treadle

HEAVY = ("boto3", "botocore", "numpy", "tokenizers", "usearch", "rich", "click", "httpx", "pypdf")


def test_all_is_sorted_and_importable() -> None:
    assert treadle.__all__ == sorted(treadle.__all__)
    for name in treadle.__all__:
        assert getattr(treadle, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        treadle.nonsense  # noqa: B018


def test_every_error_has_the_one_root() -> None:
    from treadle import errors

    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(found) > 5
    assert all(issubclass(error, treadle.TreadleError) for error in found)
    assert all(error.__name__ in (errors.__doc__ or "") for error in found)


def imports(statement: str) -> set[str]:
    """The modules a fresh interpreter holds after a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("statement", ["import treadle", "import treadle.engine", "from treadle import task, workflow"])
def test_nothing_heavy_is_imported(statement: str) -> None:
    assert imports(statement).isdisjoint(HEAVY)


def test_the_decorator_keeps_its_name_when_its_module_is_imported_first() -> None:
    code = "import treadle.workflow\nfrom treadle import workflow\nprint(callable(workflow))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "True"
