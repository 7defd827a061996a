"""`python -m hubbub`: the command line, with gevent patched in before anything else is imported.

`hubbub mcp` runs on asyncio, and talks to a server by HTTP like any other client, so it is the client's command alone.
"""

import sys

if sys.argv[1:2] == ["mcp"]:
    from hubbub_client.commands import group as main
else:
    from gevent import monkey

    monkey.patch_all()

    from hubbub.cli import main

if __name__ == "__main__":
    main()
