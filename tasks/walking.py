"""Which files of a source are documents: one file, or every readable file below a folder, in a stable order."""

from __future__ import annotations

import os
from pathlib import Path

from tasks.extraction import READERS, kind
from treadle.errors import InputError

SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "site-packages", "_sources"})


def documents(source: str) -> list[Path]:
    """The documents of a file or folder, sorted by path. Hidden files and folders and `SKIPPED` ones are left out."""
    if not source.strip():
        raise InputError("source is empty; give a file or a folder: --set source=PATH")
    root = Path(source).expanduser()
    if root.is_file():
        if kind(root) not in READERS:
            raise InputError(f"{root}: not a document Treadle reads; use {', '.join(READERS)}")
        return [root]
    if not root.is_dir():
        raise InputError(f"{root}: no such file or folder; check the path")
    found = [path for path in _walk(root) if kind(path) in READERS]
    if not found:
        raise InputError(f"{root}: no documents in this folder; put some there ({', '.join(READERS)})")
    return found


def _walk(root: Path) -> list[Path]:
    """Links to folders are not followed, so a loop of links ends; a file with several names is read once."""
    found: dict[Path, Path] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED)
        for name in sorted(files):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                found.setdefault(path.resolve(), path)
    return sorted(found.values())
