"""HTTP routes of a person's rules: what reaches their inbox."""

from typing import Annotated

import msgspec
from flask import Response
from msgspec import Meta

from hubbub.core import db
from hubbub.core.access import Visitor
from hubbub.notifications import model, rules
from hubbub.notifications.routes import blueprint
from hubbub.notifications.rules import Kind, Rule, Shown
from hubbub.web import api
from hubbub.web.schema import Seq

Text = Annotated[str, Meta(max_length=200)]


@api.route(blueprint, "GET", "/api/rules")
def my_rules(visitor: Visitor) -> list[Shown]:
    """Return all rules of yours, with the titles of the rooms, documents and feeds that they are about."""
    with db.snapshot() as reads:
        found = rules.mine(reads, visitor.person)
        titles = model.current_titles(reads, visitor.person, {rule.channel for rule in found if rule.channel})
    return [msgspec.structs.replace(rule, title=titles.get(rule.channel, rule.title)) for rule in found]


@api.route(blueprint, "PUT", "/api/rules", status=204)
def add_rule(visitor: Visitor, kind: Kind, channel: Text = "", root: Seq = 0, word: Text = "", about: Seq = 0,
             level: Text = "") -> Response:
    """Add a rule: append to your inbox what it matches.  Adding it again changes nothing.

    The kinds are room, thread, keyword, person, priority, document and alert.
    """
    rules.add(visitor.person, Rule(kind, channel, root, word, about, level))
    return Response(status=204)


@api.route(blueprint, "DELETE", "/api/rules", status=204)
def remove_rule(visitor: Visitor, kind: Kind, channel: Text = "", root: Seq = 0, word: Text = "", about: Seq = 0,
                level: Text = "") -> Response:
    """Remove the rule with these values, if there is one."""
    rules.remove(visitor.person, Rule(kind, channel, root, word, about, level))
    return Response(status=204)
