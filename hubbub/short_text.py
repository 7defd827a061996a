"""One rule for short texts (names, titles, topics, statuses): how they are stored, and which have hidden characters."""

import re
import unicodedata

# Useless in one line: soft hyphen, zero-width space, direction marks, word joiner, byte order mark.
USELESS = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff]")
LONELY_JOINER = re.compile("(?<![^\\s.\u200c\u200d])[\u200c\u200d]+")  # without a letter or emoji before it
# Joiners, as in علی‌رضا, ශ්‍රී and 👩‍💻; number signs of Arabic and others, which are seen; the joints of hieroglyphs.
FORMAT = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u180e\u200c\u200d\U000110bd\U000110cd"
                    "\U00013430-\U0001343f]")
FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")  # of a region, such as England
UNASSIGNED_UNSEEN = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e0fff]")
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")  # letters and symbols that look like a space


def clean(text: str) -> str:
    """Return a text in one line, in NFC, without needless spaces and useless invisible characters."""
    return unicodedata.normalize("NFC", " ".join(LONELY_JOINER.sub("", USELESS.sub("", text)).split()))


def without_hidden(text: str) -> str:
    """Return a text without control characters, direction overrides and other hidden characters."""
    kept = {place for flag in FLAG.finditer(text) for place in range(*flag.span())}
    return "".join(one for place, one in enumerate(text) if place in kept or not _is_hidden(one))


def is_visible(text: str) -> bool:
    """Return whether a text shows something, and hides nothing."""
    return has_visible(text) and without_hidden(text) == text


def has_visible(text: str) -> bool:
    """Return whether any character of a text can be seen without another one."""
    return any(unicodedata.category(one)[0] not in "CMZ" and one not in BLANKS
               or unicodedata.category(one) == "Cn" and not _is_hidden(one) for one in text)


def _is_hidden(character: str) -> bool:
    """Return whether a character changes what others look like, or cannot be seen; newer ones than Python's can."""
    category = unicodedata.category(character)
    if category == "Cn":
        return ord(character) & 0xFFFE == 0xFFFE or UNASSIGNED_UNSEEN.match(character) is not None
    return category[0] == "C" and not FORMAT.match(character)
