"""Numbered SQL, forward only, one text for both databases."""
