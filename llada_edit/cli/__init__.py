"""The command line: one module per command, loaded when it is called, so that ``--help`` needs no torch.

stdout is the result, stderr is progress. Exit codes: 0 clean, 1 would change, 2 usage, 3 some documents failed,
130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from typing import Any

import click

from llada_edit import __version__
from llada_edit.errors import LladaEditError

_COMMANDS = {
    "apply": "Write the edits of a run into the files, without the model.",
    "alternatives": "Words that fit in a place, with probabilities.",
    "eval": "How good the fills of a model are on your own text.",
    "bench": "Measure speed on this machine: ours against the plain definition.",
    "infill": "Fill the holes of a text.",
    "lsp": "Run the language server.",
    "models": "List, inspect, check and fetch models.",
    "review": "Decide about the edits of a run one by one, without the model.",
    "rewrite": "Rewrite a text or files: simplify, shorten, proofread, …",
    "score": "How probable a text is, token by token.",
    "train": "Train a small model on your own text.",
}


class _Lazy(click.Group):
    """A group that imports ``llada_edit.cli.<name>`` when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"llada_edit.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_COMMANDS.items()))


_COMPLETION = """\
Completion with the tab key, in bash: eval "$(_LLADA_EDIT_COMPLETE=bash_source llada-edit)"; zsh_source and fish_source
are for the other shells.
"""


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_COMPLETION)
@click.version_option(__version__, prog_name="llada-edit")
def cli() -> None:
    """Fill gaps and rewrite text with masked diffusion language models, offline by default.

    A gap is written [?], [?name] or [?name: 3-8 words].
    """


def main() -> Any:
    """Entry point of ``llada-edit``: errors are one line on stderr and exit code 2, Ctrl-C is 130."""
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()  # what is wrong with it shows here, and not after the end
        return code
    except OSError as error:
        _tell(error)
        sys.exit(2)
    except LladaEditError as error:
        # KeyError and friends quote their message: take the argument itself.
        click.echo(f"error: {error.args[0] if error.args else error}", err=True)
        sys.exit(2)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        asked = getattr(error, "ctx", None)
        hint = f'; see "{asked.command_path} --help"' if asked else ""
        click.echo(f"error: {' '.join(error.format_message().split()).removesuffix('.')}{hint}", err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)


def _tell(error: OSError) -> None:
    """One line; an error without the name of a file is that of a stream, where nothing more is written."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        click.echo(f"error: {error.filename} cannot be read or written ({reason}); check it, and its disk", err=True)
        return
    with suppress(OSError, ValueError):  # or Python tries again at its end, and complains
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):  # who has read enough wants no message
        click.echo(f"error: the result cannot be written ({reason}); make room, or send it to another place", err=True)
