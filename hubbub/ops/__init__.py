"""The commands of an operator, with the server running or not: backup, restore, doctor and export."""
