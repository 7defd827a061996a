"""VAPID keys."""


def public_key() -> str:
    raise NotImplementedError
