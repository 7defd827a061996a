"""Polls over HTTP, for scripts."""

from flask import Blueprint

from hubbub import limits
from hubbub.core.access import Visitor
from hubbub.core.log import Entry
from hubbub.web import api
from hubbub.web.schema import Channel, Key, Seq
from hubbub_polls import model
from hubbub_polls.events import Options

blueprint = Blueprint("polls", __name__)


@api.route(blueprint, "POST", "/api/channels/<channel>/polls", status=201, rate=limits.POST)
def create(visitor: Visitor, channel: Channel, question: str, options: Options, key: Key) -> Entry:
    """Post a poll."""
    return model.create(visitor.person, channel, question, options, key)


@api.route(blueprint, "POST", "/api/channels/<channel>/polls/<int:seq>/vote", rate=limits.POST)
def vote(visitor: Visitor, channel: Channel, seq: Seq, option: Seq, key: Key) -> Entry:
    """Vote in a poll, or change one's vote."""
    return model.vote(visitor.person, channel, seq, option, key)


@api.route(blueprint, "POST", "/api/channels/<channel>/polls/<int:seq>/close", rate=limits.POST)
def close(visitor: Visitor, channel: Channel, seq: Seq, key: Key) -> Entry:
    """Count no more votes in a poll."""
    return model.close(visitor.person, channel, seq, key)
