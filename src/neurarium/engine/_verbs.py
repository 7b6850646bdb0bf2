"""Verbs of a command whose errors are one line."""

from __future__ import annotations

import errno
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from neurarium.core.errors import NeurariumError


class Verbs(TyperGroup):
    """Verbs whose errors are one line: 2 is the user's error, 1 a trial's, 130 an interrupt."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except NeurariumError as error:
            message = str(error)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            message = f"{error.filename or 'system'}: {error.strerror or error}."
        except KeyboardInterrupt:
            print("interrupted: finished trials are kept; run again to go on", file=sys.stderr)
            raise typer.Exit(130) from None
        print(f"error: {' '.join(message.split())}", file=sys.stderr)
        raise typer.Exit(2)


def verbs(help: str) -> typer.Typer:
    """An application or a group of verbs with that help."""
    plain: dict[str, Any] = dict(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    return typer.Typer(cls=Verbs, help=help, no_args_is_help=True, **plain)
