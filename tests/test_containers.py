"""The Dockerfile and compose.yaml: they parse, name files that exist, and set what the server knows."""

import ast
import fnmatch
import re
from pathlib import Path

import pytest
import yaml

from hubbub.config import Config

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
VARIABLES = {"DOMAIN": "chat.example.org", "POSTGRES_PASSWORD": "secret"}


def filled(value):
    return re.sub(r"\$\{(\w+)(?::\?[^}]*)?\}", lambda found: VARIABLES[found[1]], str(value))


@pytest.mark.parametrize("node", ["a", "b"])
def test_the_settings_of_each_node_are_valid_and_their_own(node):
    service = COMPOSE["services"][node]
    config = Config.read({name: filled(value) for name, value in service["environment"].items()})

    assert (config.node, config.hosts, config.proxies, config.log) == (node, ("chat.example.org",), 1, "json")
    assert config.database_url == "postgresql://hubbub:secret@postgres/hubbub"
    assert config.bus_url == "valkey://valkey" and "valkey" in COMPOSE["services"]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["tmpfs"] == ["/tmp"]
    assert service["command"][0] == "serve"


def test_services_depend_on_services_and_mount_volumes_and_files_that_exist():
    services = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (ROOT / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"]
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]


def test_the_image_copies_what_the_ignore_file_lets_in_and_nothing_else():
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    copied = [path for line in lines for path in line.split()]
    everything, *allowed = (ROOT / ".dockerignore").read_text().split()

    assert all((ROOT / path).exists() for path in copied)
    assert everything == "*" and sorted(copied) == sorted(path[1:] for path in allowed if path.startswith("!"))
    assert not any(fnmatch.fnmatch(path, pattern) for path in copied for pattern in allowed if pattern[0] != "!")


def test_the_image_runs_without_root_on_a_volume_and_checks_its_health():
    *_, final = DOCKERFILE.split("\nFROM ")
    instructions = dict(re.findall(r"^([A-Z]+) (.*)$", final, re.MULTILINE))
    [check] = re.findall(r"HEALTHCHECK .*\\\n +CMD (\[.*\])$", final, re.MULTILINE)
    program, option, code = ast.literal_eval(check)

    assert instructions["USER"] == "10001:10001" and instructions["VOLUME"] == "/data"
    assert re.search(r"pip install .*--require-hashes", DOCKERFILE)
    assert (program, option) == ("python", "-c") and "/healthz" in code and compile(code, "check", "exec")
    assert "EXPOSE 5000" in final and "--no-cache-dir" in DOCKERFILE
