"""The command line: one file a command, imported only when it is called.

Exit codes: 0 it worked, 1 the execution failed (or AWS refused), 2 a bad call, 130 interrupted. What a program may read
goes to stdout; everything said to a person goes to stderr.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import click

from treadle.errors import CompileError, ExecutionFailed, TreadleError, UserError

COMMANDS = {
    "run": "Run a workflow on this machine.",
    "list": "List the project's workflows.",
    "compile": "Write workflows as Amazon States Language.",
    "check": "Check workflows without running them.",
    "graph": "Draw a workflow as SVG.",
    "new": "Make a small project that runs at once.",
    "emit": "Put an event through the project's rules.",
    "publish": "Create or update the workflows on AWS.",
}
"""Each command and its short help, so that `treadle --help` imports none of them."""


class Commands(click.Group):
    """The commands of `COMMANDS`, each from the file of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        # Once `treadle.cli.list` is imported, `list` in this package is that module: hence [*…] here and below.
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"treadle.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no command {args[0]!r}: {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group(
    cls=Commands,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, help="Print the version.")
@click.pass_context
def cli(ctx: click.Context, version: bool) -> None:
    """Write an AI workflow once, in plain Python; run it here, publish it to AWS Step Functions.

    \b
    treadle run rag.index --set source=docs
    treadle run rag.answer --set question="What is a lane?"
    """
    if version:
        from importlib.metadata import version as installed

        click.echo(f"treadle {installed('treadle')}")
    elif ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    given = arguments and [*arguments]
    return guarded(lambda: cli.main(given, prog_name="treadle", standalone_mode=False))


def guarded(call: Callable[[], object]) -> int:
    """The exit code of `call`. Every error that a person can mend is one line on stderr."""
    _utf8()
    try:
        result = call()
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "treadle"
        return fail(f"{where}: {_one_line(error.format_message())} (see `{where} --help`)", 2)
    except CompileError as error:
        return fail(str(error), 2)
    except UserError as error:
        return fail(f"treadle: {_one_line(str(error))}", 2)
    except ExecutionFailed as error:
        return fail(f"treadle: {error}", 1)
    except TreadleError as error:
        return fail(f"treadle: {error}", 1)
    except (KeyboardInterrupt, click.Abort):
        return interrupted()
    except BrokenPipeError:
        # Whoever read our output has seen enough: `treadle list | head -1`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def fail(text: str, code: int) -> int:
    """Say what is wrong on stderr; gives the exit code."""
    click.echo(text, err=True)
    return code


def interrupted() -> int:
    """Ctrl-C: what was running stops here and now; nothing that a task finished is lost, nothing half-done is kept."""
    click.echo("treadle: interrupted", err=True)
    sys.stdout.flush()
    sys.stderr.flush()
    return 130


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _utf8() -> None:
    """JSON is UTF-8 whatever the locale says; what a terminal cannot show is replaced, never a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure and (stream.encoding or "").lower() not in ("utf-8", "utf8"):
            reconfigure(encoding="utf-8", errors="replace")
