"""examples/polls in a browser: a poll by a command, votes from two pages that both count, and its end."""

import pytest
from axe import assert_accessible
from conftest import Server, eventually

from tests import example_polls


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server on which the package is installed."""
    server = Server(tmp_path_factory.mktemp("polls"), PYTHONPATH=example_polls.site())
    yield server
    server.kill()


def poll(person):
    """Return the options with their votes, the option that this person chose marked, and the line below."""
    options = [(button.locator("span").inner_text(), int(button.locator("b").inner_text()),
                button.get_attribute("aria-pressed") == "true") for button in person.find(".poll > button").all()]
    return options, person.find(".poll p").inner_text().removesuffix("Close poll").strip() if options else ""


def vote(person, option):
    person.find(".poll > button", has_text=option).click()


def test_a_poll_is_asked_voted_on_from_two_pages_also_without_a_connection_and_closed(visit):
    ann, bob = visit().come_in(), visit().come_in()
    ann.write("/poll Where to eat? | Noodles")
    eventually(lambda: "A poll needs 2 to 10 different options" in "".join(ann.find("[role=alert]").all_inner_texts()))
    assert ann.find("#composer").input_value() == "/poll Where to eat? | Noodles"

    ann.find("#composer").fill("/po")
    eventually(lambda: ann.find("[role=option]", has_text="/poll").count())
    ann.write("/poll Where to eat? | Noodles | Pizza")
    eventually(lambda: poll(bob)[0] == [("Noodles", 0, False), ("Pizza", 0, False)])
    assert ann.find("#composer").input_value() == ""
    assert bob.sees() == ["Where to eat?"]

    vote(ann, "Noodles")
    vote(bob, "Noodles")
    eventually(lambda: poll(ann) == ([("Noodles", 2, True), ("Pizza", 0, False)], "2 votes"))
    vote(bob, "Pizza")
    eventually(lambda: poll(ann)[0] == [("Noodles", 1, True), ("Pizza", 1, False)])
    eventually(lambda: poll(bob)[0] == [("Noodles", 1, False), ("Pizza", 1, True)])
    assert_accessible(bob.page, ".poll")

    bob.go_offline()
    vote(bob, "Noodles")
    eventually(lambda: poll(bob)[0] == [("Noodles", 2, True), ("Pizza", 0, False)])
    assert poll(ann)[0] == [("Noodles", 1, True), ("Pizza", 1, False)]
    bob.return_online()
    eventually(lambda: poll(ann)[0] == [("Noodles", 2, True), ("Pizza", 0, False)])

    assert bob.page.get_by_role("button", name="Close poll").count() == 0
    ann.page.get_by_role("button", name="Close poll").click()
    eventually(lambda: poll(bob)[1] == "Closed with 2 votes")
    assert bob.find(".poll > button").first.is_disabled()
    ann.page.reload()
    eventually(lambda: poll(ann) == ([("Noodles", 2, True), ("Pizza", 0, False)], "Closed with 2 votes"))
