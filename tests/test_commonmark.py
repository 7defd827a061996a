"""CommonMark's own examples, read as for notifications: they differ where tests/data/commonmark.json says why."""

import json
import re
from pathlib import Path

import pytest
from markdown_it.utils import OptionsDict

from hubbub.notifications import plain

SPEC = Path(__file__).parent.parent / "node_modules/commonmark-spec/spec.txt"
EXAMPLE = re.compile(r"^`{32} example\n([\s\S]*?)^\.\n([\s\S]*?)^`{32}$", re.MULTILINE)
BLOCK = re.compile(r"\s*(</?(?:p|h\d|ul|ol|li|blockquote|pre|hr|table|thead|tbody|tr|th|td)\b[^>]*>)\s*")
RELATIVE = re.compile(r'(?<=[(<"])/(?=ur[il]\d?\b)')  # only web addresses are links


def prepared(text):
    return RELATIVE.sub("https://x.example/", text.replace("→", "\t"))


def normal(html):
    """Return HTML without the white space between blocks, which means nothing."""
    return BLOCK.sub(r"\1", html).strip()


@pytest.mark.skipif(not SPEC.exists(),
                    reason="no CommonMark examples: they are among Node's packages that bin/test installs")
def test_notifications_follow_commonmark_except_for_the_listed_differences():
    data = json.loads((Path(__file__).parent / "data/commonmark.json").read_text(encoding="utf-8"))["differences"]
    deliberate = {number for one in data if one.get("only") != "page" for number in one["examples"]}
    examples = EXAMPLE.findall(SPEC.read_text(encoding="utf-8"))
    parser = plain._parser()
    options = OptionsDict({**parser.options, "breaks": False, "xhtmlOut": True})
    html = [parser.renderer.render(parser.parse(prepared(text)), options, {}) for text, _ in examples]

    different = {number for number, (got, (_, want)) in enumerate(zip(html, examples, strict=True), 1)
                 if normal(got) != normal(prepared(want))}

    assert len(examples) == 652
    assert (different - deliberate, deliberate - different) == (set(), set()), "not listed, and not different any more"
