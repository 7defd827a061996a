"""A program that posts to the Lobby and follows it at once: `python program.py sync|async COUNT` prints the tail."""

import asyncio
import json
import sys
import threading

from hubbub_client import AsyncClient, Client

LOBBY = "room:1"


def wait_and_follow(name: str, count: int) -> list[tuple[int, str]]:
    client, received = Client(), []
    posting = threading.Thread(target=lambda: [client.post(LOBBY, f"{name} {n}") for n in range(count)])
    posting.start()
    for entry in client.tail(LOBBY, after=0):
        received.append((entry.seq, entry.text))
        if entry.text == f"{name} {count - 1}":
            break
    posting.join()
    return received


async def follow(name: str, count: int) -> list[tuple[int, str]]:
    client, received = AsyncClient(), []

    async def post() -> None:
        for n in range(count):
            await client.post(LOBBY, f"{name} {n}")

    posting = asyncio.create_task(post())
    async for entry in client.tail(LOBBY, after=0):
        received.append((entry.seq, entry.text))
        if entry.text == f"{name} {count - 1}":
            break
    await posting
    return received


if __name__ == "__main__":
    name, number = sys.argv[1], int(sys.argv[2])
    print(json.dumps(asyncio.run(follow(name, number)) if name == "async" else wait_and_follow(name, number)))
