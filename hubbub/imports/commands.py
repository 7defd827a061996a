"""The commands `hubbub import slack|mattermost|zulip|discord|rocketchat` and `hubbub import claim`."""

import contextlib
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from hubbub.config import Config
from hubbub.core import db
from hubbub.imports import people, run
from hubbub.imports.discord import Discord
from hubbub.imports.mattermost import Mattermost
from hubbub.imports.parts import Part, PartReport
from hubbub.imports.report import Report
from hubbub.imports.rocketchat import RocketChat
from hubbub.imports.slack import Slack
from hubbub.imports.zulip import Zulip
from hubbub.people import invites
from hubbub.terminal import FOLDER, progress
from hubbub.terminal import run as run_action
from hubbub.web import address

ORDER = ("people", "rooms", "messages", "replies", "reactions", "edits", "files")
DAYS = 14  # for which the link to claim an account is valid
FORMATS: dict[str, tuple[str, run.Read]] = {
    "slack": ("the zip of Slack's export, or the folder in it", Slack),
    "mattermost": ("the .jsonl or .zip of Mattermost's bulk export", Mattermost),
    "zulip": ("the tarball of Zulip's export, or the folder in it", Zulip),
    "discord": ("a zip or folder with the JSON of DiscordChatExporter, or one file", Discord),
    "rocketchat": ("a zip for Rocket.Chat's CSV importer, or with the JSON of exported rooms", RocketChat),
}


@click.group("import")
def group() -> None:
    """Import people, rooms and messages from another program."""


def _command(name: str, what: str, read: run.Read) -> click.Command:
    """Return the command for one format."""
    def command(export: Path, data: str | None, report: Path | None, since: datetime | None, rooms: tuple[str, ...],
                account: tuple[str, ...], dry_run: bool, jobs: int = 1, part: str = "", token: str = "") -> None:
        wish = run.Wish(export, dry_run, since.replace(tzinfo=UTC).timestamp() if since else 0.0,
                        tuple(room.removeprefix("#").lower() for room in rooms), _accounts(account), token,
                        Part(*map(int, part.split("/"))) if part else Part())
        if part:
            found = PartReport()
            run_action(lambda config: run.run(config, read, wish, found, lambda done, all: None), data)
            found.finish()
            return
        with contextlib.ExitStack() as stack:
            shown = Report(stack.enter_context(open(report, "w", encoding="utf-8")) if report else None)
            update = stack.enter_context(progress("Reading" if dry_run else "Importing"))
            if jobs > 1 and not dry_run:
                run_action(lambda config: run.run_parts(config, read, wish, sys.argv[1:], jobs, shown, update), data)
            else:
                run_action(lambda config: run.run(config, read, wish, shown, update), data)
        _show(shown, dry_run)

    command.__doc__ = f"""Import EXPORT: {what}.

    Nobody is notified, and all of it counts as read.  Run it again to add what is missing: after it was stopped, or
    from a newer export.  With SQLite, stop the server first; for --dry-run, it may run.
    """
    for option in reversed((*OPTIONS, *(OF_SLACK if name == "slack" else ()))):
        command = option(command)
    return click.command(name)(command)


OPTIONS: tuple[Any, ...] = (
    click.argument("export", type=click.Path(path_type=Path)),
    click.option("--dry-run", is_flag=True, help="Write nothing, and print the same report."),
    click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out messages from before this day."),
    click.option("--rooms", multiple=True, metavar="NAME", help="Only this room; may be repeated."),
    click.option("--account", multiple=True, metavar="THERE=HERE",
                 help="A person who has an account here already: their handle, e-mail address or id there, and their "
                      "handle here; may be repeated."),
    click.option("--report", type=click.Path(path_type=Path), help="A file for every line of the report."),
    FOLDER,
)
OF_SLACK: tuple[Any, ...] = (
    click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True,
                 help="With PostgreSQL, the number of processes, each with some of the rooms."),
    click.option("--part", hidden=True, default="", help="Which part of the rooms a process has, as in 0/4."),
    click.option("--token", default="", envvar="SLACK_TOKEN", help="Download the files with this token of Slack "
                 "(xoxp-… with files:read), after the messages.  [SLACK_TOKEN]"),
)


def _accounts(given: tuple[str, ...]) -> dict[str, str]:
    for one in given:
        if "=" not in one:
            raise click.BadParameter(f"{one} must be like alice=ann", param_hint="--account")
    return dict((there.strip().removeprefix("@"), here.strip()) for there, _, here in
                (one.rpartition("=") for one in given))


def _counts(counts: Mapping[str, int]) -> str:
    names = sorted(counts, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    return ", ".join(f"{name} {counts[name]:,}" for name in names if counts[name])


def _show(report: Report, is_dry: bool) -> None:
    click.echo(f"{'Would be added' if is_dry else 'Added'}: {_counts(report.added) or 'nothing'}.")
    if present := _counts(report.present):
        click.echo(f"Here from before: {present}.")
    if report.counts:
        click.echo("Skipped or changed:")
    for line in report.lines():
        click.echo(line)
    if report.added["people"] and not is_dry:
        click.echo("The new people cannot sign in yet.  `hubbub import claim` prints a link for each of them.")


@group.command("claim")
@click.argument("handles", nargs=-1, metavar="[HANDLE]...")
@click.option("--days", type=click.IntRange(1, 365), default=DAYS, show_default=True, help="How long a link is valid.")
@FOLDER
def claim(handles: tuple[str, ...], days: int, data: str | None) -> None:
    """Print a link for each imported person, or for these, with which they choose a password for their account.

    Send each person only their own link.  A new link makes the previous one invalid.  With SQLite, stop the server
    first.
    """
    run_action(lambda config: _claim(config, {handle.removeprefix("@").lower() for handle in handles}, days), data)


def _claim(config: Config, handles: set[str], days: int) -> None:
    with run.database(config):
        found = [one for one in people.unclaimed(db) if not handles or one.handle in handles]
        for handle in sorted(handles - {one.handle for one in found}):
            click.echo(f"@{handle} is no imported person without a password", err=True)
        for one in found:
            with db.transaction() as tx:
                secret = invites.for_claim(tx, one.id, days)
            click.echo("\t".join((f"@{one.handle}", one.name, one.email,
                                  f"{address.of_server(config, config.port)}/join#{secret}")))


for name, (what, read) in FORMATS.items():
    group.add_command(_command(name, what, read))
