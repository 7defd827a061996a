"""Files: uploads to channels, previews, downloads; and the storage of avatars."""

from hubbub.core.consumers import Job
from hubbub.files import routes, store, uploads
from hubbub.slices import Slice

HOUR, MINUTE = 3600.0, 60.0

slice = Slice(
    name="files",
    package=__name__,
    blueprints=(routes.blueprint,),
    start=store.make_folders,
    consumers=(Job("files_sweep", HOUR, uploads.sweep), Job("files_previews", MINUTE, uploads.renew_previews)),
    page="main.js",
    stylesheets=("files.css",),
)
