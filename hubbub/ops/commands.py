"""`hubbub backup`, `restore`, `doctor` and `export`."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from hubbub.config import Config
from hubbub.core.db.copies import Tell
from hubbub.core.db.engine import Unusable
from hubbub.ops import backup, doctor, export

FOLDER = click.option("--data", help="The folder that everything is kept in.  [HUBBUB_DATA; instance]")


@contextlib.contextmanager
def _progress(label: str) -> Iterator[Tell]:
    """A bar on a terminal, nothing elsewhere."""
    with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        def tell(done: int, all: int) -> None:
            bar.update(max(0, round(1000 * done / max(all, 1)) - bar.pos))

        yield tell


def _told(act: Callable[[Config], Any], data: str | None) -> Any:
    """What cannot be done is said in one line."""
    try:
        return act(Config.read(data=data))
    except (ValueError, Unusable) as problem:
        raise click.ClickException(str(problem)) from None


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@FOLDER
def backup_command(file: Path, data: str | None) -> None:
    """Write everything into FILE: database, files, secrets.  The server may run meanwhile.

    Keep FILE like a password: who has it can read everything.
    """
    with _progress("Backing up") as tell:
        made = _told(lambda config: backup.backup(config, file, tell), data)
    click.echo(f"{file}: {made.entries:,} entries in {made.channels:,} channels, {made.files:,} files, "
               f"{file.stat().st_size / 1e6:,.1f} MB")
    click.echo(f"It holds {', '.join(made.secrets) or 'no secrets'}: keep it like a password.")
    if made.missing:
        click.echo(f"{len(made.missing)} files that the database names are not on the disk: see `hubbub doctor`.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put what is there aside, into a folder of its own.")
@FOLDER
def restore_command(file: Path, replace: bool, data: str | None) -> None:
    """Put the backup FILE in place.  Stop the server first; start it afterwards."""
    with _progress("Restoring") as tell:
        made, old = _told(lambda config: backup.restore(config, file, replace, tell), data)
    click.echo(f"Restored: {made.entries:,} entries in {made.channels:,} channels, {made.files:,} files.")
    if old:
        click.echo(f"What was there is in {old}: remove it when all is well.")


@click.command("doctor")
@click.option("--url", help="Where people open it: is it reached there, websockets included?")
@FOLDER
def doctor_command(url: str | None, data: str | None) -> None:
    """Look whether all is well, and say what to do where it is not."""
    found = _told(lambda config: doctor.examine(config, url), data)
    for check in found:
        click.echo(f"{click.style(*doctor.LOOK[check.state])}  {check.what}")
        if check.advice:
            click.echo(f"         {check.advice}")
    if any(check.state == "problem" for check in found):
        sys.exit(1)


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@FOLDER
def export_command(folder: Path, data: str | None) -> None:
    """Write everything that was said into FOLDER, to be read by other programs.  The server may run meanwhile."""
    with _progress("Exporting") as tell:
        entries, files = _told(lambda config: export.export(config, folder, tell), data)
    click.echo(f"{folder}: {entries:,} entries, {files:,} files")


COMMANDS = (backup_command, restore_command, doctor_command, export_command)
