"""What an update says about itself, in Yjs' own encoding (version 1): variable-length numbers, least bits first."""

from collections.abc import Iterator


def numbers(raw: bytes) -> Iterator[int]:
    """The numbers of a sequence; ValueError where it ends within one."""
    value = shift = 0
    for byte in raw:
        value |= (byte & 127) << shift
        if byte < 128:
            yield value
            value = shift = 0
        else:
            shift += 7
    if shift:
        raise ValueError("a number that does not end")


def clocks(state: bytes) -> dict[int, int]:
    """A state vector: how much of each client is known."""
    said = numbers(state)
    return {next(said): next(said) for _ in range(next(said))}


def deletions(rest: bytes) -> dict[int, int]:
    """Of an update without structs: up to which clock it deletes of each client."""
    said = numbers(rest)
    next(said)
    found: dict[int, int] = {}
    for _ in range(next(said)):
        client = next(said)
        for _ in range(next(said)):
            found[client] = max(found.get(client, 0), next(said) + next(said))
    return found
