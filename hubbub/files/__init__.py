"""Files: uploads into channels, their previews, and how they are served; and pictures of people."""

import logging

import gevent

from hubbub.config import Config
from hubbub.core.access import Refused
from hubbub.files import routes, store, uploads
from hubbub.slices import Slice

HOUR = 3600.0

logger = logging.getLogger(__name__)


def open_in(config: Config) -> None:
    """Keep files in the data folder, within the limits of the configuration."""
    store.open_in(config.data)
    uploads.limit, uploads.quota = config.file_limit, config.file_quota


def sweep_hourly() -> None:
    """Remove what belongs to nothing, now and every hour."""
    try:
        uploads.sweep()
    except Refused as problem:
        logger.warning("files that belong to nothing are not removed yet: %s", problem)
    except Exception:
        logger.exception("files that belong to nothing could not be removed")
    gevent.spawn_later(HOUR, sweep_hourly)


slice = Slice(
    name="files",
    package=__name__,
    blueprints=(routes.blueprint,),
    start=open_in,
    page="main.js",
    stylesheet="files.css",
)
