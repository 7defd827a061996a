"""Numbered SQL, forward only, one text for both databases where they agree (`NNNN_name.sqlite.sql` where not)."""
