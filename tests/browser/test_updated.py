"""A page that was open while the server was updated offers to reload; drafts and unsent messages survive, sent once."""

import pytest
from conftest import PHONE, eventually


def update(server, **environ):
    """Replace the running server by one of the next version."""
    server.kill()
    server.module = "tests.next_version"
    server.environ |= environ
    server.start()


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
def test_after_an_update_the_page_goes_on_and_offers_to_reload(visit, server):
    desk, phone = visit().come_in(), visit(**PHONE).come_in()
    desk.forgive("status of 404", "Failed to fetch dynamically imported module")
    for person, texts in (desk, ["one", "two"]), (phone, ["three", "four"]):
        person.go_offline()
        for text in texts:
            person.find("#composer").fill(text)
            person.find(".composer .primary").click()
        eventually(lambda: sorted(person.keeps()) == sorted(texts))  # noqa: B023
        person.find("#composer").press_sequentially("half a thought")

    update(server)
    for person, texts in (desk, ["one", "two"]), (phone, ["one", "two", "three", "four"]):
        person.return_online()
        eventually(lambda: offers_to_reload(person))  # noqa: B023
        eventually(lambda: person.sees() == texts)  # noqa: B023
    eventually(lambda: desk.sees() == texts)
    reload(phone)
    reload_in_a_view_that_was_not_loaded(desk)
    for person in desk, phone:
        assert person.sees() == texts
        eventually(lambda: person.find("#composer").input_value() == "half a thought")  # noqa: B023


def reload_in_a_view_that_was_not_loaded(person):
    """Go to a view whose module the server no longer has, and reload there; come back to the room."""
    person.find("nav a", has_text="People").click()
    eventually(lambda: person.find(".empty button", has_text="Reload").count() == 1)
    person.find(".empty button", has_text="Reload").click()

    eventually(lambda: person.find("main h1", has_text="People").count())
    assert not offers_to_reload(person)
    person.come_in().go_to("/")
    eventually(lambda: person.find("#composer").count())


@pytest.mark.fresh
def test_a_page_of_an_older_protocol_sends_nothing_until_it_is_reloaded(visit, server):
    ann, bob = visit().come_in(), visit().come_in()
    ann.write("before")
    eventually(lambda: bob.sees() == ann.sees() == ["before"])
    server.kill()
    eventually(lambda: ann.find(".line.offline").count())
    for text in ("one", "two"):
        ann.write(text)

    update(server, NEXT_PROTOCOL="1")
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
