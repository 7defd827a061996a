"""The wheel: everything that the server needs is in it, and nothing else; `hubbub` serves from it."""

import json
import re
import subprocess
import urllib.request
import zipfile

import pytest

from tests import wheel

PAGES = ("hubbub/", "flask_fanout/src/", "hubbub_client/src/")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return wheel.build(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_has_every_file_of_the_packages_and_no_other(built):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *PAGES], cwd=wheel.ROOT,
                            check=True, capture_output=True, text=True).stdout.split("\n")
    tracked = {name.removeprefix("flask_fanout/src/").removeprefix("hubbub_client/src/")
               for name in listed if name and (wheel.ROOT / name).exists()}
    with zipfile.ZipFile(built) as file:
        packed = {name for name in file.namelist() if ".dist-info/" not in name}

    assert packed == tracked
    assert {name.rpartition(".")[2] for name in packed} >= {"py", "js", "css", "json", "sql", "html", "typed"}


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The environment variables and the `hubbub` of an environment with the wheel."""
    return wheel.install(built, tmp_path_factory.mktemp("installed"))


@pytest.fixture
def url(installed, tmp_path):
    """The address of a server from the wheel, started in an empty folder."""
    environ, hubbub = installed
    command = [hubbub, "serve", "--port", "0", "--data", tmp_path / "data"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with subprocess.Popen(command, cwd=elsewhere, env=environ, stdout=subprocess.PIPE, text=True) as server:
        yield re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())[0]
        server.terminate()
    assert server.returncode == 0
    assert (tmp_path / "data" / "hubbub.db").exists() and not list(elsewhere.iterdir())


def test_hubbub_serves_its_page_and_every_static_file_from_the_wheel(built, url):
    page = get(url, "/").decode()
    assets = set(re.findall(r'"(/s/\w+/[^"?#]+)"', page))
    with zipfile.ZipFile(built) as file:
        static = [name.removeprefix("hubbub/") for name in file.namelist()
                  if re.match(r"hubbub/\w+/static/", name) and not name.endswith(".ts")]
    [tree] = {path.split("/")[2] for path in assets}

    assert len(static) > 100 and f"/s/{tree}/strings/en.js" in assets
    assert [path for path in (*assets, *(f"/s/{tree}/{name}" for name in static)) if not get(url, path)] == []
    assert len(get(url, f"/s/{tree}/web/static/main.js")) > 100_000, "the bundle is not served"
    assert b"socket" in get(url, "/tutorial") + get(url, "/tutorial/page.js")
    assert json.loads(get(url, "/healthz"))["ok"]


def test_the_code_is_that_of_the_wheel(installed):
    environ, hubbub = installed
    code = "import hubbub, flask_fanout; print(hubbub.__file__, flask_fanout.__file__)"
    paths = subprocess.run([hubbub.parent / "python", "-P", "-c", code], env=environ, check=True, capture_output=True,
                           text=True).stdout.split()

    assert len(paths) == 2 and all(path.startswith(str(hubbub.parent.parent)) for path in paths)


def get(url, path):
    with urllib.request.urlopen(url + path, timeout=20) as answer:
        return answer.read()
