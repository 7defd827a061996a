"""Waiting for the readers of a notification, in the shell."""

import time

import click

from .clients import Client

PAUSE = 1.0  # seconds between two looks


def show(client: Client, id: str, seconds: float) -> bool:
    """Print who received, read and acknowledged a notification as it happens; return whether all have read it."""
    shown: set[tuple[str, str]] = set()
    end = time.monotonic() + seconds
    while True:
        receipt = client.receipt(id)
        for one in receipt.recipients:
            for what, at in (("delivered", one.delivered), ("read", one.read), ("acknowledged", one.acknowledged)):
                if at is not None and (one.handle, what) not in shown:
                    shown.add((one.handle, what))
                    click.echo(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at))} @{one.handle} {what}")
        if receipt.state in ("withdrawn", "failed"):
            click.echo(receipt.state)
            return False
        if receipt.state == "published" and all(one.read is not None for one in receipt.recipients):
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(min(PAUSE, max(0.0, end - time.monotonic())))
