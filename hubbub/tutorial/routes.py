"""The page of Flask-SocketIO's tutorial, served unchanged."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from hubbub.web import static_tree

blueprint = Blueprint("tutorial", __name__)

PAGE = Path(__file__).parent / "page"


@blueprint.get("/tutorial")
def page() -> Response:
    """Return the page of the tutorial."""
    return send_from_directory(PAGE, "index.html")


@blueprint.get("/tutorial/<any('page.js', 'page.css'):name>")
def page_file(name: str) -> Response:
    """Return the script or stylesheet of the tutorial's page."""
    return send_from_directory(PAGE, name)


@blueprint.get("/tutorial/socketio.js")
def client() -> Response:
    """Return the standard Socket.IO client."""
    return Response(static_tree.tree().files["web/static/vendor/socketio.js"], mimetype="text/javascript")
