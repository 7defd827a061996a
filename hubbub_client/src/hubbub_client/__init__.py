"""A client of a Hubbub server: `Client` for programs that wait, `AsyncClient` for asyncio."""

from .clients import AsyncClient, Client
from .model import Cursor, Entry, HubbubError, Receipt, Recipient, Refused, Restored, Unreachable, Value, Window

__all__ = ["AsyncClient", "Client", "Cursor", "Entry", "HubbubError", "Receipt", "Recipient", "Refused", "Restored",
           "Unreachable", "Value", "Window"]
