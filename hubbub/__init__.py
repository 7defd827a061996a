"""Hubbub: chat, notifications, live data and documents for a team, on its own server; four faces over one log."""

__version__ = "0.1.0"
