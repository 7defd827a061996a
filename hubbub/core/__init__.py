"""The idea: channels, transactions that publish on commit, and who hears what.  No Flask, no sockets, no faces."""
