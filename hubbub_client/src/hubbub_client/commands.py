"""The commands `hubbub post`, `tail`, `feed` and `notify`; Hubbub's own command line has the same ones."""

import importlib
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import Any

import click

from . import pipe, receipts
from .clients import Client
from .model import Cursor, Entry, HubbubError, Value

TIMEOUT, PATIENCE = 10.0, 30.0  # seconds: of one request, and for which a command tries to reach the server


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Post to a Hubbub, follow its channels and publish values.

    Set HUBBUB_URL to its address, and HUBBUB_TOKEN to a token from Settings, API tokens.
    """


def main() -> None:
    """Run a command; where the server is installed, too, `hubbub` has its commands as well."""
    if importlib.util.find_spec("hubbub"):
        importlib.import_module("hubbub.__main__").main()
    else:
        group()


def connected(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a server, and a client of it; report errors in one line."""

    @click.option("--token", envvar="HUBBUB_TOKEN", help="A token.  [HUBBUB_TOKEN]")
    @click.option("--url", envvar="HUBBUB_URL", default="http://127.0.0.1:5000", show_default=True,
                  help="The address of Hubbub.  [HUBBUB_URL]")
    def run(url: str, token: str | None, **options: Any) -> None:
        try:
            command(Client(url, token, timeout=TIMEOUT, patience=PATIENCE), **options)
        except (HubbubError, ValueError) as problem:
            raise click.ClickException(str(problem)) from None

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__click_params__ = [*run.__click_params__, *getattr(command, "__click_params__", [])]  # type: ignore[attr-defined]
    return run


@group.command()
@connected
@click.argument("channel")
@click.argument("text", required=False)
@click.option("--thread", type=int, default=0, help="Reply to the message with this number.")
@click.option("--key", help="Idempotency key: the same key posts only once.")
@click.option("--lines", is_flag=True, help="Post each line of standard input as it arrives.")
def post(client: Client, channel: str, text: str | None, thread: int, key: str | None, lines: bool) -> None:
    """Post TEXT, or standard input, to CHANNEL, such as room:1; print the message's number."""
    if lines and (text is not None or key):
        raise click.UsageError("--lines reads standard input, so without TEXT and --key")
    if not lines:
        click.echo(client.post(channel, sys.stdin.read().rstrip("\n") if text is None else text, thread=thread,
                               key=key).seq)
    for line in sys.stdin if lines else ():
        if line.strip():
            client.post(channel, line.rstrip("\n"), thread=thread)


@group.command()
@connected
@click.argument("channel")
@click.option("--after", help="A cursor, or the number of an entry: 0 is the beginning.  [now]")
@click.option("--cursor", type=click.Path(dir_okay=False, path_type=Path),
              help="A file that keeps the cursor: the next call goes on after the last entry that this one printed.")
@click.option("--json", "as_json", is_flag=True, help="Print each entry as a line of JSON.")
@click.option("--rate", type=click.Choice(["100", "250", "1000", "5000"]), default="250", show_default=True,
              help="For feeds: milliseconds between two values at least.")
@click.option("--wait", type=float, default=inf, help="Seconds to wait for a server that is away.  [for ever]")
def tail(client: Client, channel: str, after: str | None, cursor: Path | None, as_json: bool, rate: str,
         wait: float) -> None:
    """Print the entries of CHANNEL as they happen: room:1, inbox:7, doc:1, people:all, feed:TEMP."""
    kind, _, name = channel.partition(":")
    if kind == "feed":
        for value in client.watch(name, rate=int(rate), patience=wait):
            click.echo(json.dumps(asdict(value)) if as_json else show_value(value))
        return
    if cursor is not None and cursor.exists():
        after = cursor.read_text().strip() or after
    elif cursor is not None and after is None:
        after = str(client.window(channel, limit=1).as_of)
        _replace(cursor, after)
    names: dict[int, str] = {}
    for entry in client.tail(channel, _cursor(after), patience=wait):
        click.echo(json.dumps(asdict(entry), ensure_ascii=False) if as_json else show(client, entry, names))
        if cursor is not None:
            _replace(cursor, str(entry.cursor))


def _cursor(after: str | None) -> Cursor | None:
    try:
        return None if after is None else Cursor.parse(after)
    except ValueError:
        raise click.UsageError(f"{after!r} is no cursor: it begins with the number of an entry") from None


def _replace(file: Path, text: str) -> None:
    """Replace a file's text in one step."""
    new = file.with_name(file.name + ".new")
    new.write_text(text + "\n")
    new.replace(file)


def show(client: Client, entry: Entry, names: dict[int, str]) -> str:
    """Return an entry as a line: the time, who, what kind if it is no message, and its text or data."""
    if entry.author not in names:
        names[entry.author] = client.name(entry.author)
    text = entry.text or ("" if entry.kind == "message" else json.dumps(entry.data, ensure_ascii=False))
    kind = "" if entry.kind == "message" else f" [{entry.kind}]"
    return f"{clock(entry.at)} {printable(names[entry.author])}{kind}: {printable(text)}"


def show_value(value: Value) -> str:
    """Return a value as a line."""
    return f"{clock(value.at)} {printable(value.symbol)} {value.value:g}"


def clock(at: float) -> str:
    """Return a time of this machine's time zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def printable(text: str) -> str:
    """Return a text without what would control a terminal; its lines after the first are indented."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text).replace(
        "\n", "\n    ")


@group.group()
def feed() -> None:
    """Publish values that everybody can watch: `hubbub tail feed:TEMP`."""


@feed.command()
@connected
@click.argument("symbol", required=False)
@click.argument("value", required=False, type=float)
@click.option("--feed", "name", default="command-line", show_default=True, help="The feed of these values.")
def publish(client: Client, symbol: str | None, value: float | None, name: str) -> None:
    """Publish VALUE for SYMBOL; without arguments, lines `SYMBOL VALUE [UNIX TIME]` from standard input."""
    if symbol is not None and value is None:
        raise click.UsageError("a value is missing: hubbub feed publish ACME 184.22")
    if symbol is not None and value is not None:
        client.publish(name, {symbol: value})
        return
    failed = 0
    for batch, invalid in pipe.batches(sys.stdin):
        for number, line in invalid:
            click.echo(f"line {number}: not SYMBOL VALUE [UNIX TIME]: {line[:60]}", err=True)
        failed += len(invalid)
        if batch:
            client.publish(name, batch)
    if failed:
        raise click.exceptions.Exit(1)


@group.command()
@connected
@click.argument("to", required=False)
@click.argument("text", required=False)
@click.option("--title", default="", help="A title above the text.")
@click.option("--priority", type=click.IntRange(1, 5), default=3, show_default=True, help="5 is urgent.")
@click.option("--urgent", is_flag=True, help="Priority 5: ring in quiet times, too.")
@click.option("--acknowledge", is_flag=True, help="Ring until somebody acknowledges it.")
@click.option("--tags", default="", help="Words and names of emoji, with commas between them.")
@click.option("--link", "--click", default="", help="The target of a click: a path of this server, or an address.")
@click.option("--icon", default="", help="The address of a picture.")
@click.option("--action", "actions", multiple=True, help='A button: "view, Open, https://…", "http, Restart, https://…".')
@click.option("--attach", default="", help="The address of a file, or the path of one to upload.")
@click.option("--delay", default="", help='A duration like 30m, or a time like "tomorrow, 10am".')
@click.option("--email", default="", help="Send it to this address, too.")
@click.option("--markdown", is_flag=True, help="The text is Markdown.")
@click.option("--create", is_flag=True, help="Create a topic of this name if nothing has it.")
@click.option("--key", help="The same key changes the notification in place.")
@click.option("--withdraw", metavar="KEY", help="Remove the notification with this key or id everywhere.")
@click.option("--wait", type=float, default=0.0, help="Seconds to wait until everybody has read it; print who did.")
def notify(client: Client, to: str | None, text: str | None, key: str | None, withdraw: str | None, wait: float,
           tags: str, link: str, actions: tuple[str, ...], **more: Any) -> None:
    """Notify TO with TEXT, or with standard input: @ann, a group, #room, a topic, several with commas between them."""
    if withdraw is not None:
        client.withdraw(withdraw)
        return
    if to is None:
        raise click.UsageError("name who is notified: hubbub notify @ann TEXT")
    said = sys.stdin.read().rstrip("\n") if text is None else text
    more["priority"] = 5 if more.pop("urgent") else more["priority"]
    sent = client.notify(to, said, key=key, url=link, tags=[tag for tag in tags.split(",") if tag.strip()],
                         actions="; ".join(actions), **more)
    if wait and not receipts.show(client, sent.id, wait):
        raise click.exceptions.Exit(1)


@group.command()
@connected
@click.argument("alarm", type=int)
def acknowledge(client: Client, alarm: int) -> None:
    """Acknowledge an urgent notification, by the ALARM in its entry: it rings no more, and all see who did."""
    client.acknowledge(alarm)


@group.command()
@click.option("--token", envvar="HUBBUB_TOKEN", help="A token for an assistant; not with --http.  [HUBBUB_TOKEN]")
@click.option("--url", envvar="HUBBUB_URL", default="http://127.0.0.1:5000", show_default=True,
              help="The address of Hubbub.  [HUBBUB_URL]")
@click.option("--http", metavar="[HOST:]PORT", help="Serve streamable HTTP at /mcp: each request brings its own token.")
@click.option("--name", "names", multiple=True, help="A host name by which others reach it, when not on this machine.")
def mcp(token: str | None, url: str, http: str | None, names: tuple[str, ...]) -> None:
    """Give an assistant tools to read and post here (Model Context Protocol), over standard input and output."""
    if not importlib.util.find_spec("mcp"):
        raise click.ClickException("this needs the package mcp: install hubbub or hubbub-client with the extra mcp")
    assistant = importlib.import_module(".assistant", __package__)  # it takes a second to import
    try:
        assistant.run(url, token, http, names)
    except (OSError, ValueError) as problem:
        raise click.ClickException(str(problem)) from None


COMMANDS = (post, tail, feed, notify, acknowledge, mcp)
