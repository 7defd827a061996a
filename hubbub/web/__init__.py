"""The shell: the page, the static tree, security headers, errors, and the door; slices hang their parts on it."""

from __future__ import annotations

from flask import Blueprint

from hubbub import limits
from hubbub.web import api, boot, door, errors, headers, openapi, page, static_tree

__all__ = ["blueprint", "contribute", "identify", "identity", "module", "stylesheet"]

contribute = boot.contribute
module = boot.module
stylesheet = boot.stylesheet
identity = boot.identity
identify = boot.identify

blueprint = Blueprint("web", __name__, template_folder="templates")
for address in page.ADDRESSES:
    blueprint.get(address)(page.show)
blueprint.get("/s/<version>/<path:name>")(static_tree.serve)
api.route(blueprint, "GET", "/api/openapi.json", scope="anyone", rate=limits.HEAVY)(openapi.show)
blueprint.before_app_request(door.admit)
blueprint.after_app_request(headers.dress)
blueprint.app_errorhandler(Exception)(errors.answer)
