"""The shell: the page, the static tree, security headers and errors; the slices' manifests fill it."""

from __future__ import annotations

from flask import Blueprint, Flask

from hubbub import limits, slices
from hubbub.core import strings
from hubbub.web import api, boot, errors, headers, openapi, origin, page, static_tree

__all__ = ["blueprint", "identify", "identity", "show_page_at_addresses"]

strings.register(__name__)

identity = boot.identity
identify = boot.identify

blueprint = Blueprint("web", __name__, template_folder="templates")
blueprint.get("/s/<version>/<path:name>")(static_tree.serve)
api.route(blueprint, "GET", "/api/openapi.json", scope="anyone", rate=limits.HEAVY)(openapi.show)
blueprint.get("/offline")(page.show_offline)
blueprint.get("/worker.js")(static_tree.worker)
blueprint.before_app_request(origin.check)
blueprint.after_app_request(headers.compress)
blueprint.app_errorhandler(Exception)(errors.answer)


def show_page_at_addresses(app: Flask) -> None:
    """Show the page at the addresses that the slices declare."""
    for slice in slices.installed:
        for address in slice.addresses:
            app.add_url_rule(address, "page", page.show)
