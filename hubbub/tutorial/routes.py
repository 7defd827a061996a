"""The page of Flask-SocketIO's tutorial, served as it is written there."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from hubbub.web import static_tree

blueprint = Blueprint("tutorial", __name__)

PAGE = Path(__file__).parent.parent.parent / "examples" / "tutorial"


@blueprint.get("/tutorial")
def page() -> Response:
    """The tutorial's own page."""
    return send_from_directory(PAGE, "index.html")


@blueprint.get("/tutorial/<any('page.js', 'page.css'):name>")
def page_file(name: str) -> Response:
    """What the tutorial's page consists of."""
    return send_from_directory(PAGE, name)


@blueprint.get("/tutorial/socketio.js")
def client() -> Response:
    """The ordinary Socket.IO client."""
    return Response(static_tree.tree().files["web/static/vendor/socketio.js"], mimetype="text/javascript")
