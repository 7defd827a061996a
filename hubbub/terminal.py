"""What commands that work on the data have in common: the option for the folder, a progress bar, errors as lines."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click
import msgspec

from hubbub.config import Config
from hubbub.core.access import Refused
from hubbub.core.db import Unusable
from hubbub.core.db.copies import Progress

FOLDER = click.option("--data", help="The data folder.  [HUBBUB_DATA; instance]")


@contextlib.contextmanager
def progress(label: str) -> Iterator[Progress]:
    """Show a progress bar if stderr is a terminal."""
    with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        def update(done: int, all: int) -> None:
            bar.update(max(0, round(1000 * done / max(all, 1)) - bar.pos))

        yield update


def run(action: Callable[[Config], Any], data: str | None) -> Any:
    """Run an action with the configuration; turn errors into one line of output."""
    try:
        return action(Config.read(data=data))
    except (ValueError, Unusable, Refused) as problem:
        raise click.ClickException(str(problem)) from None
    except OSError as problem:
        raise click.ClickException(f"{problem.filename or 'the disk'}: {problem.strerror}") from None
    except msgspec.MsgspecError as problem:
        raise click.ClickException(f"the database has damaged content ({problem}): see `hubbub doctor`") from None
