"""Hubbub: a place where people talk, are told, watch and write together, live; four faces over one log of channels."""

__version__ = "0.1.0"
