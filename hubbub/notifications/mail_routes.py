"""HTTP routes of a person's e-mail address, and the pages behind the links in mails, which need no sign-in.

Opening a page changes nothing, since programs open links in mails, too; its button does.  A mail program's own button
sends the same request (RFC 8058).
"""

from typing import Annotated

from flask import Blueprint, Response, render_template, request
from msgspec import Meta

from hubbub import limits
from hubbub.core import db, strings
from hubbub.core.access import Refused, Visitor
from hubbub.notifications import mail_addresses
from hubbub.people import settings
from hubbub.web import address, api, client, page, static_tree

blueprint = Blueprint("mail", __name__, template_folder="templates")

Text = Annotated[str, Meta(max_length=1000)]
Minutes = Annotated[int, Meta(ge=1, le=1440)]
TITLES = {"confirm": "notifications.mail.page.confirm", "unsubscribe": "notifications.mail.page.unsubscribe"}
DONE = {"confirm": "notifications.mail.page.confirmed", "unsubscribe": "notifications.mail.page.unsubscribed"}


@api.route(blueprint, "GET", "/api/me/mail")
def own(visitor: Visitor) -> mail_addresses.State:
    """Return your e-mail address, and what is mailed to it."""
    return mail_addresses.state(visitor.person)


@api.route(blueprint, "PUT", "/api/me/mail", scope="admin", rate=limits.HEAVY)
def enter(visitor: Visitor, address: Text) -> mail_addresses.State:
    """Set your e-mail address; nothing is mailed to it until the link in a first mail was opened."""
    mail_addresses.enter(visitor.person, address, request.root_url, page.browser_language())
    return mail_addresses.state(visitor.person)


@api.route(blueprint, "PATCH", "/api/me/mail")
def choose(visitor: Visitor, mode: mail_addresses.Mode, minutes: Minutes) -> mail_addresses.State:
    """Choose which unread notifications are mailed to you, and after how many minutes."""
    mail_addresses.choose(visitor.person, mode, minutes)
    return mail_addresses.state(visitor.person)


@api.route(blueprint, "DELETE", "/api/me/mail")
def remove(visitor: Visitor) -> mail_addresses.State:
    """Remove your e-mail address."""
    mail_addresses.remove(visitor.person)
    return mail_addresses.state(visitor.person)


@api.route(blueprint, "POST", "/api/me/mail/test", rate=limits.HEAVY)
def test(visitor: Visitor) -> mail_addresses.State:
    """Send a mail to your address now."""
    mail_addresses.test(visitor.person)
    return mail_addresses.state(visitor.person)


@blueprint.get("/mail/<any('confirm', 'unsubscribe'):purpose>/<int:person>/<signature>")
def show_link(purpose: mail_addresses.Purpose, person: int, signature: str) -> Response:
    """Show the page behind a link in a mail, with a button that does what the link is for."""
    limits.take(limits.HEAVY, None, client.network(request.environ))
    try:
        one = mail_addresses.by_link(person, purpose, signature)
    except Refused as refusal:
        return _page(page.browser_language(), refusal.id, status=404)
    return _page(one.language, TITLES[purpose], one.address, button=True)


@blueprint.post("/mail/<any('confirm', 'unsubscribe'):purpose>/<int:person>/<signature>")
def follow_link(purpose: mail_addresses.Purpose, person: int, signature: str) -> Response:
    """Do what a link in a mail is for."""
    limits.take(limits.HEAVY, None, client.network(request.environ))
    try:
        one = mail_addresses.by_link(person, purpose, signature)
        mail_addresses.follow(person, purpose, signature)
    except Refused as refusal:
        return _page(page.browser_language(), refusal.id, status=404)
    return _page(one.language, DONE[purpose], one.address)


def _page(language: str, words: str, shown: str = "", *, button: bool = False, status: int = 200) -> Response:
    tree = static_tree.tree()
    html = render_template(
        "mail.html", language=language, direction=strings.direction(language), name=settings.current(db).name,
        words=strings.translate(language, words), shown=shown, home=address.url("/"), button=button,
        sheets=[address.url(tree.url(name)) for name in (static_tree.FIRST_SHEET, static_tree.SHEET)],
        labels={"yes": strings.translate(language, "notifications.mail.page.yes"),
                "home": strings.translate(language, "notifications.mail.page.home")})
    return Response(html, status, mimetype="text/html")
