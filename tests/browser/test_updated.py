"""A page that was open while the server was updated offers to reload; drafts and unsent messages survive, sent once."""

import re
import shutil
from pathlib import Path

import pytest
from conftest import PHONE, eventually

import hubbub


@pytest.fixture
def update(server, tmp_path_factory):
    """Replace the running server by one with other static files; `protocol` also raises the protocol."""

    def update(protocol=False):
        checkout = tmp_path_factory.mktemp("updated")
        package = shutil.copytree(Path(hubbub.__file__).parent, checkout / "hubbub")
        sheet = package / "web/static/css/base.css"
        sheet.write_text(f"{sheet.read_text()}\n.changed {{ color: red }}\n")
        if protocol:
            version = package / "web/version.py"
            raised = re.sub(r"^PROTOCOL = (\d+)$", lambda found: f"PROTOCOL = {int(found[1]) + 1}",
                            version.read_text(), flags=re.M)
            assert raised != version.read_text()
            version.write_text(raised)
        server.kill()
        server.checkout = checkout
        server.start()

    yield update
    server.checkout = None


def reconnect(*people):
    """Let a page reconnect now."""
    for person in people:
        person.page.evaluate("dispatchEvent(new Event('online'))")


def offers_to_reload(person):
    return person.find("[role=status]", has_text="A new version is ready").count() == 1


def reload(person):
    address = person.find("link[rel=stylesheet]").first.get_attribute("href")
    person.find("button", has_text="Reload").first.click()
    eventually(lambda: person.find("link[rel=stylesheet]").first.get_attribute("href") != address)
    person.come_in()
    eventually(lambda: not offers_to_reload(person))


@pytest.mark.fresh
def test_after_an_update_the_page_goes_on_and_offers_to_reload(visit, server, update):
    desk, phone = visit().come_in(), visit(**PHONE).come_in()
    for person, texts in (desk, ["one", "two"]), (phone, ["three", "four"]):
        person.go_offline()
        for text in texts:
            person.find("#composer").fill(text)
            person.find(".composer .primary").click()
        eventually(lambda: sorted(person.keeps()) == sorted(texts))  # noqa: B023
        person.find("#composer").press_sequentially("half a thought")

    update()
    for person, texts in (desk, ["one", "two"]), (phone, ["one", "two", "three", "four"]):
        person.return_online()
        eventually(lambda: offers_to_reload(person))  # noqa: B023
        eventually(lambda: person.sees() == texts)  # noqa: B023
    eventually(lambda: desk.sees() == texts)
    for person in desk, phone:
        reload(person)

        assert person.sees() == texts
        eventually(lambda: person.find("#composer").input_value() == "half a thought")  # noqa: B023


@pytest.mark.fresh
def test_a_page_of_an_older_protocol_sends_nothing_until_it_is_reloaded(visit, server, update):
    ann, bob = visit().come_in(), visit().come_in()
    ann.write("before")
    eventually(lambda: bob.sees() == ann.sees() == ["before"])
    server.kill()
    eventually(lambda: ann.find(".line.offline").count())
    for text in ("one", "two"):
        ann.write(text)

    update(protocol=True)
    reconnect(ann, bob)
    eventually(lambda: offers_to_reload(ann) and offers_to_reload(bob))
    ann.write("three")
    eventually(lambda: sorted(ann.keeps()) == ["one", "three", "two"])
    ann.find("#composer").press_sequentially("half a thought")
    reload(bob)
    assert bob.sees() == ["before"]
    reload(ann)

    eventually(lambda: ann.sees() == bob.sees() == ["before", "one", "two", "three"])
    eventually(lambda: ann.keeps() == [])
    eventually(lambda: ann.find("#composer").input_value() == "half a thought")


@pytest.mark.fresh
def test_a_view_that_an_outdated_page_cannot_fetch_offers_to_reload(visit, server, update):
    ann = visit().come_in()
    ann.forgive("status of 404", "Failed to fetch dynamically imported module")
    update()
    reconnect(ann)
    eventually(lambda: offers_to_reload(ann))

    ann.find("nav a", has_text="People").click()
    eventually(lambda: ann.find(".empty button", has_text="Reload").count() == 1)
    ann.find(".empty button", has_text="Reload").click()

    eventually(lambda: ann.find("main h1", has_text="People").count())
    assert not offers_to_reload(ann)
