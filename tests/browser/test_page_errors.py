"""An error in a slice is reported in the console and does not affect the rest of the page, bundled or in modules."""

import pytest
from conftest import Server, eventually

BREAK = """async base => {
    const [channels, connection, shell] = await Promise.all(
        ["channels", "connection", "shell"].map(name => import(`${base}/web/static/${name}.js`)))
    const fail = where => () => { throw new Error(`a fault in ${where}`) }
    channels.registerReducer("topic", fail("a reducer"))
    channels.onWindow(fail("a window"))
    connection.onEvent(fail("an event"))
    connection.onConnect(fail("a connect hook"))
    shell.panel("broken", fail("a panel"), () => "Broken")
    shell.openPanel({ kind: "broken" })
}"""


@pytest.fixture(params=[{}, {"HUBBUB_MODULES": "1"}], ids=["bundled", "modules"])
def server(request, tmp_path):
    server = Server(tmp_path, **request.param)
    yield server
    server.kill()


def test_errors_in_a_slice_do_not_stop_the_rest_of_the_page(visit, server):
    ann = visit().come_in()
    scripts = ann.page.evaluate("performance.getEntries().filter(({ name }) => /js$/.test(name)).length")
    assert scripts > 80 if "HUBBUB_MODULES" in server.environ else scripts < 20
    ann.forgive("a fault in")
    ann.page.evaluate(BREAK, ann.page.evaluate("document.body.dataset.assets"))

    eventually(lambda: ann.find(".panel [role=alert]").count())
    ann.write("still here")
    ann.go_offline()
    server.say("Bob", "while you were away")
    ann.return_online()
    ann.write("and back")

    eventually(lambda: ann.sees() == ["still here", "while you were away", "and back"])
    for place in ("a panel", "an event", "a connect hook"):
        assert f"a fault in {place}" in str(ann.complaints)
