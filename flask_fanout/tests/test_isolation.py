"""flask-fanout stands alone: no file of the project imports a module of Hubbub."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent


def imported_packages(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("path", sorted(PROJECT.rglob("*.py")), ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_file_imports_nothing_of_hubbub(path):
    assert not {"hubbub", "tests"} & {*imported_packages(path.read_text("utf-8"))}
