"""`python app.py`: start the server as in the tutorial; runs bin/serve if packages are missing."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
os.environ.setdefault("HUBBUB_DATA", str(ROOT / "instance"))
sys.path[1:1] = [str(ROOT / "flask_fanout" / "src"), str(ROOT / "hubbub_client" / "src")]

try:
    from gevent import monkey

    monkey.patch_all()

    from hubbub import cli
except ModuleNotFoundError:
    serve = str(ROOT / "bin" / "serve")
    os.execv(serve, [serve, *sys.argv[1:]])

if __name__ == "__main__":
    cli.main(["serve", *sys.argv[1:]])
