"""Channels, transactions that publish on commit, and subscriptions.  No Flask, no sockets, no features."""
