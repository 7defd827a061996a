from gevent import monkey; monkey.patch_all()  # noqa: E702, I001  (must precede every import; for the server)

from tests.conftest import *  # noqa: F403  (its fixtures)
