"""Check what a browser loads for the first rows: its bytes, and its requests; run by `bin/lint`, without a browser."""

import sys

import _budgets
import brotli

from hubbub import application, slices
from hubbub.web import static_tree

HTML = 3_400  # bytes under gzip, with 50 messages of a line
HEADERS = 280  # bytes of each response


def loaded(tree: static_tree.Tree) -> dict[str, int]:
    """Return the size of each file that the rows wait for."""
    names = ["web/static/icon.svg", static_tree.FIRST_SHEET, "strings/en.js", *tree.graph([static_tree.ENTRY])]
    return {name: len(brotli.compress(tree.files[name])) for name in names}


def problems() -> list[str]:
    slices.install(application.SLICES)
    tree = static_tree.tree()
    if not tree.is_built:
        return ["the bundles are not those of these modules: run bin/build"]
    sizes = loaded(tree)
    requests, size = len(sizes) + 1, sum(sizes.values()) + HTML + HEADERS * (len(sizes) + 1)
    print(", ".join(f"{name} {bytes:,}" for name, bytes in sizes.items()))
    found = [_budgets.over("the first rows", size, _budgets.FIRST_ROWS_BYTES, "bytes"),
             _budgets.over("the first rows", requests, _budgets.FIRST_ROWS_REQUESTS, "requests")]
    return [problem for problem in found if problem]


if __name__ == "__main__":
    print(*(found := problems()), sep="\n", end="\n" if found else "")
    sys.exit(bool(found))
