"""Some screens look like their pictures in `tests/screens`; `bin/pictures --check` compares all of them."""

from pathlib import Path

from tests import references

SCREENS = ["room", "documents", "sign-in"]


def test_screens_look_like_their_pictures(playwright):
    with references.still(playwright) as (browser, team):
        problems = [references.check(browser, team, name, size, theme, Path("differences"))
                    for name in SCREENS for size, theme in references.LOOKS]

    assert list(filter(None, problems)) == []
