"""What the first rows need of the styles and the strings: what the first page's code names."""

import json
import re

from hubbub.web import first_part, static_tree

CODE = """
  html`<div class=${open ? "card open" : "card"} title=${t("tea.title")}><i class="hue-${n % 8}"></i></div>`
  t(`tea.kind.${kind}`); const SIGN = "tea.sign."
"""
NAMES = first_part.NamesIn(CODE)


def split(sheet):
    return first_part.split_sheet(sheet, NAMES)


def test_a_rule_comes_first_if_the_code_names_all_classes_of_one_of_its_selectors():
    assert split(".card{a:b}.menu{c:d}.menu,.card{e:f}.card .menu{g:h}h1{i:j}") == (
        ".card{a:b}.menu,.card{e:f}h1{i:j}", ".menu{c:d}.card .menu{g:h}")


def test_a_class_that_is_put_together_comes_first():
    assert split(".hue-3{a:b}.hue{c:d}") == (".hue-3{a:b}", ".hue{c:d}")


def test_a_rule_with_a_function_comes_first_since_it_may_apply():
    assert split(".card:is(.menu,.sheet:not(.x)) b{a:b}") == (".card:is(.menu,.sheet:not(.x)) b{a:b}", "")


def test_layers_and_media_queries_are_kept_around_their_rules():
    sheet = "@layer base,components;@layer components{.card{a:b;& i{c:d}}@media (width < 48rem){.menu{e:f}.card{g:h}}}"

    assert split(sheet) == (
        "@layer base,components;@layer components{.card{a:b;& i{c:d}}@media (width < 48rem){.card{g:h}}}",
        "@layer components{@media (width < 48rem){.menu{e:f}}}")


def test_strings_come_first_if_the_code_names_them():
    catalogue = {id: "" for id in ("tea.kind.green", "tea.other", "tea.sign.x", "tea.title", "tea.titles")}

    first, later = first_part.split_strings(catalogue, NAMES)

    assert (list(first), list(later)) == (["tea.kind.green", "tea.sign.x", "tea.title"], ["tea.other", "tea.titles"])


def test_both_parts_together_are_all_styles_and_strings():
    tree = static_tree.tree()
    first, later = (json.loads(re.match(rb"export default (\{.*?\})(?:;new |$)", tree.files[f"strings/en{part}.js"])[1])
                    for part in ("", "-later"))
    sheets = [tree.files[sheet].decode() for sheet in (static_tree.SHEET, static_tree.LATER_SHEET)]

    assert first | later == tree.catalogues["en"] and len(later) > len(first)
    assert ".message" in sheets[0] and ".lightbox{" in sheets[1] and ".lightbox{" not in sheets[0]
    assert all(sheet.count("{") == sheet.count("}") for sheet in sheets)
