"""feeds over HTTP, and what the page starts from."""

from flask import Blueprint

blueprint = Blueprint("feeds", __name__)
