"""The commands `hubbub backup`, `restore`, `doctor`, `export`, `migrate-to` and `files move`."""

import sys
from pathlib import Path

import click

from hubbub.ops import backup, doctor, export, migrate, move_files
from hubbub.terminal import FOLDER, progress, run


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@FOLDER
def backup_command(file: Path, data: str | None) -> None:
    """Write all data into FILE, or with - to a pipe: database, files, secrets.  The server may be running.

    Keep FILE as safe as a password: anyone who has it can read everything.
    """
    is_pipe = str(file) == "-"
    with progress("Backing up") as update:
        made = run(lambda config: backup.stream(config, sys.stdout.buffer, update) if is_pipe
                    else backup.backup(config, file, update), data)
    if is_pipe:
        return
    click.echo(f"{file}: {made.entries:,} entries in {made.channels:,} channels, {made.files:,} files, "
               f"{file.stat().st_size / 1e6:,.1f} MB")
    click.echo(f"It contains {', '.join(made.secrets) or 'no secrets'}: keep it as safe as a password.")
    if made.missing:
        click.echo(f"{len(made.missing)} files that the database names are missing or truncated on the disk: "
                   "see `hubbub doctor`.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Move existing data to a folder of its own.")
@FOLDER
def restore_command(file: Path, replace: bool, data: str | None) -> None:
    """Restore the backup FILE.  Stop the server first; start it afterwards."""
    with progress("Restoring") as update:
        made, old = run(lambda config: backup.restore(config, file, replace, update), data)
    click.echo(f"Restored: {made.entries:,} entries in {made.channels:,} channels, {made.files:,} files.")
    if old:
        click.echo(f"The previous data is in {old}: delete it once everything works.")


@click.command("doctor")
@click.option("--url", help="The public address of the server, to check that pages and WebSockets reach it.")
@FOLDER
def doctor_command(url: str | None, data: str | None) -> None:
    """Check the data folder, the database and the running server, and say how to fix problems."""
    checks = run(lambda config: doctor.examine(config, url), data)
    for check in checks:
        click.echo(f"{click.style(*doctor.STYLES[check.state])}  {check.message}")
        if check.advice:
            click.echo(f"         {check.advice}")
    if any(check.state == "problem" for check in checks):
        sys.exit(1)


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@FOLDER
def export_command(folder: Path, data: str | None) -> None:
    """Export all messages, documents and files to FOLDER, for other programs.  The server may be running."""
    with progress("Exporting") as update:
        entries, files = run(lambda config: export.export(config, folder, update), data)
    click.echo(f"{folder}: {entries:,} entries, {files:,} files")


@click.command("migrate-to")
@click.argument("url")
@FOLDER
def migrate_command(url: str, data: str | None) -> None:
    """Copy all data of a stopped server from SQLite to the empty PostgreSQL database URL (postgresql://…).

    It verifies every row, and may be stopped and started again at any time.  The SQLite database stays as it is.
    """
    with progress("Copying and verifying") as update:
        moved = run(lambda config: migrate.to_postgres(config, url, update), data)
    done = "Copied" if moved.is_new else "An earlier run has copied"
    click.echo(f"{done} {moved.rows:,} rows of {moved.tables} tables; the numbers of rows of every table, and the "
               f"heads and checksums of all {moved.channels:,} channels, are the same in PostgreSQL.")
    click.echo("Now set HUBBUB_DATABASE_URL to that address and start the server, with the same data folder: it still "
               "has the files.  Once everything works, move hubbub.db away.")


@click.group("files")
def files_group() -> None:
    """Move the files of the server."""


@files_group.command("move")
@click.argument("to", metavar="s3://…|folder")
@click.option("--check", is_flag=True, help="Also compare the checksums of files that are there already.")
@FOLDER
def move_command(to: str, check: bool, data: str | None) -> None:
    """Copy all files from where HUBBUB_FILES_URL says to an S3-compatible store, or to the data folder.

    The server may be running.  It copies what is not there yet, and compares the checksum of each copy; the originals
    stay.
    """
    with progress("Copying files") as update:
        moved = run(lambda config: move_files.move(config, to, check, update), data)
    click.echo(f"{moved.copied:,} files ({moved.bytes / 1e6:,.1f} MB) are copied and verified; {moved.present:,} were "
               "there already.")
    click.echo("To switch: stop the server, run this again for the files that have arrived since, "
               + ("unset HUBBUB_FILES_URL" if to == move_files.FOLDER else "set HUBBUB_FILES_URL to that address")
               + ", and start the server.")


COMMANDS = (backup_command, restore_command, doctor_command, export_command, migrate_command, files_group)
