"""Names for guests who have not chosen one."""

import secrets

COLOURS = ("Amber", "Azure", "Copper", "Coral", "Crimson", "Golden", "Hazel", "Indigo", "Ivory", "Jade", "Lilac",
           "Maroon", "Olive", "Pearl", "Ruby", "Russet", "Saffron", "Scarlet", "Silver", "Teal", "Umber", "Violet")
ANIMALS = ("Badger", "Bear", "Crane", "Dolphin", "Falcon", "Finch", "Fox", "Gecko", "Hare", "Heron", "Ibis", "Jay",
           "Koala", "Lynx", "Marten", "Newt", "Otter", "Owl", "Panda", "Puffin", "Raven", "Robin", "Seal", "Swan",
           "Tapir", "Turtle", "Vole", "Wren")


def invent() -> str:
    """A friendly name, like "Copper Heron"; not unique."""
    return f"{secrets.choice(COLOURS)} {secrets.choice(ANIMALS)}"
