"""Outgoing webhooks: call other programs with messages and commands; their response is the reply of a bot."""
