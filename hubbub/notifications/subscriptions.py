"""Push subscriptions."""


def add(person: int, sign_in: str, endpoint: str, p256dh: str, auth: str) -> None:
    raise NotImplementedError


def remove(person: int, endpoint: str) -> None:
    raise NotImplementedError
