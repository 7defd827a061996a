"""Upkeep: what an operator does at the command line, with the server running or not: backups, checks, exports."""
