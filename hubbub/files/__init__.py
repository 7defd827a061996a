"""Files: uploads into channels, their previews, and how they are served; and pictures of people."""

import logging

from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.files import routes, store, uploads
from hubbub.slices import Slice

HOUR = 3600.0

logger = logging.getLogger(__name__)


def sweep_hourly() -> None:
    """Remove what belongs to nothing, now and every hour."""
    try:
        uploads.sweep()
    except Refused as problem:
        logger.warning("files that belong to nothing are not removed yet: %s", problem)
    except Exception:
        logger.exception("files that belong to nothing could not be removed")
    node.spawn_later(HOUR, sweep_hourly)


slice = Slice(
    name="files",
    package=__name__,
    blueprints=(routes.blueprint,),
    start=store.make_folders,
    page="main.js",
    stylesheets=("files.css",),
)
