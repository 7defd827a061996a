"""Every screen without a violation that axe can find, at a desk and on a phone, in both themes."""

from axe import assert_accessible


def test_the_lobby(visit):
    ann = visit().come_in()
    ann.write("hello")

    assert_accessible(ann.page)
