"""Rules of the repository: lock files, executable scripts, size budgets, and imports of the page."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("serve", "postgres", "test")


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements" / f"{lock}.lock").read_text(), re.MULTILINE))


def budgets():
    return load_script("_budgets")


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "bin" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_lock_includes_the_smaller_one_in_the_same_versions():
    serve, postgres, everything = map(pins, LOCKS)

    assert serve < postgres < everything


@pytest.mark.parametrize("name", [f"requirements/{lock}.lock" for lock in (*LOCKS, "firefox")] + ["package-lock.json"])
def test_a_lock_names_no_package_source(name):
    text = (ROOT / name).read_text()

    assert not re.findall(r"index-url|find-links|file:|\"resolved\"|\.tgz|\.whl", text)
    assert not re.findall(r"https?://(?!\S*(?:sponsor|fund|opencollective|ko-fi))", text)


def test_the_scripts_are_executable():
    scripts = [ROOT / ".ci" / "run", *(ROOT / "bin" / name for name in ("serve", "test", "dev", "lint", "ci", "lock"))]

    assert [script.name for script in scripts if not os.access(script, os.X_OK)] == []


def test_files_and_functions_over_budget_are_reported(tmp_path):
    app = tmp_path / "hubbub" / "core"
    app.mkdir(parents=True)
    (app / "long.py").write_text("x = 1\n" * 401)
    (app / "wide.py").write_text("def f():\n" + "    x = 1\n" * 40)

    found = budgets().problems(tmp_path)

    assert f"{app}/long.py: 401 lines, the budget is 400" in found
    assert f"{app}/wide.py: 41 lines in f(), the budget is 40" in found


def test_import_cycles_and_imports_of_slices_by_the_shell_are_reported(tmp_path):
    shell, chat = tmp_path / "hubbub/web/static", tmp_path / "hubbub/chat/static"
    for folder in (shell, chat):
        folder.mkdir(parents=True)
    (shell / "app.js").write_text('import { a } from "../../chat/static/a.js"\n')
    (chat / "a.js").write_text('export { b } from "./b.js"\n')
    (chat / "b.js").write_text('const load = () => import("./c.js")\n')
    (chat / "c.js").write_text('import "./a.js"\nimport "./d.js"\n')
    (chat / "d.js").write_text("export const d = 1\n")

    assert load_script("_imports").problems(tmp_path) == [
        "import circle: chat/static/a.js → chat/static/b.js → chat/static/c.js → chat/static/a.js",
        "web/static/app.js imports chat/static/a.js: the shell may not import a slice",
    ]
