"""One rule for short texts (names, titles, topics, statuses): how they are stored, compared and found."""

import re
import unicodedata

from hubbub.core import db

# Useless in one line: soft hyphen, zero-width space, direction marks, word joiner, byte order mark.
USELESS = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff]")
LONELY_JOINER = re.compile("(?<![^\\s.\u200c\u200d])[\u200c\u200d]+")  # without a letter or emoji before it
# Joiners, as in علی‌رضا, ශ්‍රී and 👩‍💻; number signs of Arabic and others, which are seen; the joints of hieroglyphs.
FORMAT = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u180e\u200c\u200d\U000110bd\U000110cd"
                    "\U00013430-\U0001343f]")
FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")  # of a region, such as England
UNASSIGNED_UNSEEN = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e0fff]")
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")  # letters and symbols that look like a space
UNSEEN = "\u00ad\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2060-\u2064\u2800\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
UNSEEN_ONE = re.compile(f"[{UNSEEN}]")
# The page folds in the same way, in web/static/strings.js; tests/data/texts.json has the cases that both must pass.
# Accents and points; not the vowel signs of Indic scripts or the marks of kana, which make another letter.
ACCENT = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
                    "\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f" f"{UNSEEN}]")
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i",
                         "ħ": "h", "ŧ": "t", "ς": "σ", "ی": "ي", "ک": "ك", "’": "'"})

BACKFILL = """update {table} set name = folding.name, folded = folding.folded
    from each(:rows) as folding(id bigint, name text, folded text)
    where {table}.id = folding.id and {table}.folded = ''"""
PAGE = 500  # rows


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


def fold(text: str) -> str:
    """Return a text as it is searched: without case, accents and what cannot be seen."""
    bare = ACCENT.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(LETTERS)
    return " ".join(bare.split())


def pattern(text: str) -> str:
    """Return the `like` pattern that finds a text inside a folded one; its escape character is `!`."""
    escaped = re.sub("[!%_]", r"!\g<0>", fold(text))
    return f"%{escaped}%"


def key(text: str) -> str:
    """Return the same for names that count as equal: other case, other form of a letter; accents make a difference."""
    return UNSEEN_ONE.sub("", unicodedata.normalize("NFKC", text.casefold())).casefold()


def backfill(table: str) -> None:
    """Fill the column `folded` in rows from before it, and store their names in NFC; later starts do nothing."""
    after = -1
    while rows := db.execute(f"select id, name from {table} where id > :after and folded = '' and name <> '' "
                             "order by id limit :page", after=after, page=PAGE):
        after = rows[-1][0]
        folded = [(id, unicodedata.normalize("NFC", name), fold(name)) for id, name in rows]
        with db.transaction() as tx:
            tx.execute(BACKFILL.format(table=table), rows=folded)
