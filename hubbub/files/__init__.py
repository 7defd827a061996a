"""Files: uploads to channels, previews, downloads; and the storage of avatars."""

import logging

from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.files import routes, store, uploads
from hubbub.slices import Slice

HOUR = 3600.0

logger = logging.getLogger(__name__)


def sweep_hourly() -> None:
    """Remove files that belong to no message, now and every hour."""
    try:
        uploads.sweep()
    except Refused as problem:
        logger.warning("unused files will be removed later: %s", problem)
    except Exception:
        logger.exception("unused files could not be removed")
    node.spawn_later(HOUR, sweep_hourly)


slice = Slice(
    name="files",
    package=__name__,
    blueprints=(routes.blueprint,),
    start=store.make_folders,
    page="main.js",
    stylesheets=("files.css",),
)
