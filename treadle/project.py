"""A project: the folder with a `treadle.toml`, its workflows, and what answers their tasks here.

# treadle.toml
name = "support"            # prefix of everything the project owns on AWS

[models]
use = "auto"                # auto | embedded | openai | gguf | aws

[models.endpoints]          # local stand-ins for SageMaker endpoints: "module:function"
intent-classifier = "models.intent_classifier:classify"
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.errors import ProjectError

if TYPE_CHECKING:
    from treadle.workflow import Workflow

FILE = "treadle.toml"


@dataclass(frozen=True)
class Project:
    """`root` is the folder of `treadle.toml`; `settings` is the file's content."""

    root: Path
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def workflows(self) -> dict[str, Workflow[..., Any]]:
        """Every workflow of the project by name, sorted; imports all modules under `workflows/`."""
        found: dict[str, Workflow[..., Any]] = {}
        for module in self._modules():
            found |= self._of_module(module)
        return dict(sorted(found.items()))

    def workflow(self, name: str) -> Workflow[..., Any]:
        """One workflow by name ("rag.answer"); imports only its module.

        Raises:
            ProjectError: there is none of that name; the message offers the closest one.
        """
        module, _, function = name.rpartition(".")
        if module and module in self._modules():
            found = self._of_module(module)
            if name in found:
                return found[name]
        known = self.workflows
        close = difflib.get_close_matches(name, known, n=1) or [each for each in known if each.endswith(f".{function}")]
        hint = f"did you mean {close[0]!r}?" if close else f"this project has {', '.join(known) or 'none'}"
        raise ProjectError(f"no workflow {name!r}: {hint}")

    def _modules(self) -> list[str]:
        folder = self.root / "workflows"
        if not folder.is_dir():
            raise ProjectError(f"{self.root} has no workflows/ folder: put a file with a @workflow function there")
        return sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))

    def _of_module(self, name: str) -> dict[str, Workflow[..., Any]]:
        from treadle.workflow import Workflow

        module = self.load(f"workflows.{name}")
        return {
            value.name: value
            for value in vars(module).values()
            if isinstance(value, Workflow) and value.function.__module__ == module.__name__
        }

    def load(self, module: str) -> Any:
        """Import one of the project's own modules.

        Raises:
            ProjectError: it, or what it imports, does not exist or cannot be read as Python.
        """
        root = str(self.root)
        if root not in sys.path:
            sys.path.insert(0, root)
        try:
            return importlib.import_module(module)
        except SyntaxError as error:
            raise ProjectError(f"{error.filename}:{error.lineno}: {error.msg}") from None
        except ModuleNotFoundError as error:
            raise ProjectError(f"{module} imports {error.name}, which is not installed or does not exist") from None

    def endpoints(self) -> dict[str, Callable[..., Any]]:
        """The local stand-ins of SageMaker endpoints that `[models.endpoints]` names."""
        named: Mapping[str, str] = self.settings.get("models", {}).get("endpoints", {})
        return {endpoint: self._function(endpoint, path) for endpoint, path in named.items()}

    def _function(self, endpoint: str, path: str) -> Callable[..., Any]:
        module, _, name = path.partition(":")
        found = getattr(self.load(module), name, None)
        if not callable(found):
            raise ProjectError(
                f"{FILE}: [models.endpoints] {endpoint} = {path!r} is no function: write module:function"
            )
        function: Callable[..., Any] = found
        return function


def find(start: str | Path | None = None) -> Project:
    """The project that holds `start` (the current folder unless given).

    Raises:
        ProjectError: no `treadle.toml` there or above, or one that cannot be read.
    """
    here = Path(start or ".").resolve()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return _read(folder)
    raise ProjectError(f"no {FILE} in {here} or above it: go into a project, or make one with `treadle new DIR`")


@lru_cache(maxsize=16)
def _read(root: Path) -> Project:
    try:
        settings = tomllib.loads((root / FILE).read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(f"{root / FILE}: {error}") from None
    name = settings.get("name")
    if not isinstance(name, str) or not name:
        raise ProjectError(f'{root / FILE}: give the project a name: name = "{root.name}"')
    return Project(root, name, settings)
