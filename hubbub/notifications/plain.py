"""The words of a Markdown text without formatting, by the same grammar as the page's (chat/static/markdown.js)."""

import re
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline, entity
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

OFF = ["reference", "lheading", "html_block", "html_inline"]
SEPARATED = re.compile(r"(paragraph|list_item|heading|t[dh])_close")
CJK = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u309f\u30a0-\u31ff\u3400-\u9fff\uac00-\ud7af"
                 "\uf900-\ufaff\U00020000-\U0003fa1f]")


class BesideCjk(StateInline):
    """Emphasis beside Chinese, Japanese and Korean letters, which count like spaces.

    The page has the same in chat/static/cjk-emphasis.js.
    """

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        """Return whether the delimiters at `start` can open and close emphasis, and how many they are."""
        found = super().scanDelims(start, canSplitWord)
        end = start + found.length
        before, after = self.src[start - 1:start] or " ", self.src[end:end + 1] or " "
        if not canSplitWord:
            return found
        return Scanned(found.can_open or bool(CJK.match(before)) and not after.isspace(),
                       found.can_close or bool(CJK.match(after)) and not before.isspace(), found.length)


class Inline(ParserInline):
    """The inline parser, with that state."""

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        """Parse a text into tokens."""
        state = BesideCjk(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


ENTITY = re.compile("&(?:#|(?:amp|lt|gt|quot|apos|nbsp);)")


def _entity(state: StateInline, silent: bool) -> bool:
    """Decode the entities that the page knows; the others would be two thirds of its parser."""
    return ENTITY.match(state.src, state.pos) is not None and entity(state, silent)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "breaks": True, "linkify": False, "maxNesting": 60})
    parser.inline = Inline()
    parser.inline.ruler.at("entity", _entity)
    parser.disable(OFF)
    parser.block.ruler.at("code", lambda *_: False)  # `disable` would let an indented `# title` be a heading too
    parser.validateLink = lambda url: url.startswith(("http://", "https://", "mailto:"))  # type: ignore[method-assign]
    return parser


def plain(text: str, most: int = 300) -> str:
    """Return the words of a text in one line of at most `most` characters."""
    words: list[str] = []
    for token in _parser().parse(text[:2 * most]):
        words += [_content(child) for child in token.children] if token.children else [token.content]
        words += [" "] if SEPARATED.fullmatch(token.type) else []
    return " ".join("".join(words).split())[:most]


def _content(token: Token) -> str:
    if token.type == "image":
        return "".join(map(_content, token.children or []))
    return " " if token.type.endswith("break") else token.content
