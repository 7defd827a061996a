"""documents over HTTP, and what the page starts from."""

from flask import Blueprint

blueprint = Blueprint("documents", __name__)
