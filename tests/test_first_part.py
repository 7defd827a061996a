"""What the first rows need of the styles and the strings: what the first page's code names."""

import json
import re

from hubbub.web import first_part, static_tree

CODE = """
  html`<div class=${open ? "card open" : "card"} title=${t("tea.title")}><i class="hue-${n % 8}"></i></div>`
  navigate("/menu"); const open = { menu: 1 }; t(`tea.kind.${kind}`); const SIGN = "tea.sign."
"""
NAMES = first_part.NamesIn(CODE)


def first(sheet):
    return first_part.first_rules(sheet, NAMES)


def test_a_rule_comes_first_if_the_code_names_all_classes_of_one_of_its_selectors():
    rules = ".card{a:b}.menu{c:d}.menu,.card{e:f}.card .menu{g:h}h1{i:j}"

    assert first(rules) == ".card{a:b}.menu,.card{e:f}h1{i:j}"


def test_a_class_that_is_put_together_comes_first():
    assert first(".hue-3{a:b}.hue{c:d}") == ".hue-3{a:b}"


def test_a_rule_with_a_function_comes_first_since_it_may_apply():
    assert first(".card:is(.menu,.sheet:not(.x)) b{a:b}") == ".card:is(.menu,.sheet:not(.x)) b{a:b}"


def test_layers_and_media_queries_are_kept_around_their_rules():
    sheet = "@layer base,components;@layer components{.card{a:b;& i{c:d}}@media (width < 48rem){.menu{e:f}.card{g:h}}}"

    assert first(sheet) == sheet.replace(".menu{e:f}", "")
    assert first("@media print{.menu{a:b}}") == ""


def test_strings_come_first_if_the_code_names_them():
    catalogue = {id: "" for id in ("tea.kind.green", "tea.other", "tea.sign.x", "tea.title", "tea.titles")}

    needed, later = first_part.split_strings(catalogue, NAMES)

    assert (list(needed), list(later)) == (["tea.kind.green", "tea.sign.x", "tea.title"], ["tea.other", "tea.titles"])


def test_the_page_has_all_styles_and_strings_in_the_end():
    tree = static_tree.tree()
    modules = [tree.files[f"strings/en{part}.js"].decode() for part in ("", "-later")]
    needed, later = (json.loads(re.match(r"export default (\{.*?\})(?:;new |$)", module)[1]) for module in modules)
    some, whole = (tree.files[sheet].decode() for sheet in (static_tree.FIRST_SHEET, static_tree.SHEET))

    assert needed | later == tree.catalogues["en"] and len(later) > len(needed)
    assert ".message{" in some and ".lightbox{" in whole and ".lightbox{" not in some
    assert some.count("{") == some.count("}")
