"""Run `hubbub` as its next version, with another stylesheet and, if NEXT_PROTOCOL is set, another protocol."""

import os

from hubbub.web import static_tree, version

if __name__ == "__main__":
    from hubbub.__main__ import main

    static_tree.SHEETS.append(static_tree.SHEETS[-1])  # the last one twice looks the same
    static_tree.tree.cache_clear()
    if "NEXT_PROTOCOL" in os.environ:
        version.PROTOCOL += 1
    main()
