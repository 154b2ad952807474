"""`treadle graph`: a workflow as a self-contained SVG."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("graph")
@click.argument("name")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the SVG there.")
def command(name: str, output: Path | None) -> None:
    """Draw a workflow as SVG that opens anywhere: to stdout, or with -o to a file.

    \b
    treadle graph rag.answer -o answer.svg
    """
    from treadle import asl, project
    from treadle.errors import InputError

    drawing = asl.svg(asl.graph(project.find().workflow(name).definition))
    if output is None:
        click.echo(drawing)
        return
    try:
        output.write_text(drawing, "utf-8")
    except OSError as error:
        raise InputError(f"{output}: {error.strerror}; give a file in a folder that exists: -o FILE.svg") from None
    click.echo(str(output), err=True)
