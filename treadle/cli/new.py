"""`treadle new`: a small project of the reference application's shape."""

from __future__ import annotations

import re
from pathlib import Path

import click

from treadle.errors import InputError


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Make a small project in DIR that runs at once, with its tests.

    \b
    treadle new support && cd support
    treadle run notes.digest --set text="A treadle drives a machine."
    pytest
    """
    from treadle.cli.template import FILES

    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "project"
    _check(folder)
    for path, text in FILES.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("{project}", name), "utf-8")
    click.echo(f"made {folder}; try:", err=True)
    for line in (f"cd {folder}", 'treadle run notes.digest --set text="A treadle drives a machine."', "pytest"):
        click.echo(f"  {line}", err=True)


def _check(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: give a folder that does not exist yet")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: give a folder that does not exist yet")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from None
