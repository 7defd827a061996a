"""Stylesheets name the sides of a line by its direction, so that each also fits languages from right to left."""

import re

import pytest

from hubbub.web import static_tree

SHEETS = sorted([*static_tree.PACKAGE.glob("*/static/**/*.css"),
                 *static_tree.PACKAGE.parent.glob("examples/*/*/static/*.css")])
SIDE = re.compile(r"\b(?:margin|padding|border|scroll-padding|scroll-margin)-(?:left|right)\b|-(?:left|right)-radius\b"
                  r"|\btext-align:\s*(?:left|right)\b|\bfloat:\s*(?:left|right)\b|(?:^|[;{\s])(?:left|right):")
FOUR = re.compile(r"\b(?:padding|margin|inset|border-width):([^;}]+)")
VALUE = re.compile(r"(?:[^\s()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))+")


def one_sided(css):
    """Return the declarations that name the left or the right, or that differ between them."""
    found = [match[0].strip(" ;{\n") for match in SIDE.finditer(css)]
    for match in FOUR.finditer(css):
        values = VALUE.findall(match[1])
        is_screen = "safe-area" in match[0]  # the sides of the device
        found += [match[0]] if len(values) == 4 and values[1] != values[3] and not is_screen else []
    return found


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_stylesheet_names_no_left_and_right(path):
    css = re.sub(r"\.uplot \{.*?^  \}", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)

    assert one_sided(css) == []


def test_declarations_for_one_side_are_found():
    assert one_sided("a { left: 0; margin-left: 1px; padding: 0 1px 0 2px; text-align: right }") == [
        "left:", "margin-left", "text-align: right", "padding: 0 1px 0 2px"]
    assert one_sided("a { inset: 0 1px 2px 1px; margin: calc(1px + var(--a)) 0 1px; inset-inline-start: 0 }") == []
