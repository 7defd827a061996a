"""Messages written offline survive the page and the tab, and are sent once."""

from conftest import eventually


class Cut:
    """Disconnects the socket of all pages that a browser opens from now on, though pages are still served."""

    def __init__(self, person, is_mended=False):
        self.person, self.is_mended = person, is_mended
        person.forgive("ERR_FAILED")
        person.context.route("**/socket.io/**", lambda route: route.continue_() if self.is_mended else route.abort())
        person.context.route_web_socket("**/socket.io/**", self.meet)

    def meet(self, socket):
        if self.is_mended:
            socket.connect_to_server()
        else:
            socket.close()

    def mend(self):
        self.is_mended = True
        self.person.page.evaluate("dispatchEvent(new Event('online'))")


def without_a_connection(person, *texts):
    """Write while offline, and wait until the browser has stored it."""
    person.go_offline()
    for text in texts:
        person.write(text)
    eventually(lambda: sorted(person.keeps()) == sorted(texts))


def test_what_was_written_offline_survives_the_tab_and_is_sent_once(visit, server):
    ann, since = visit().come_in(), server.head()
    without_a_connection(ann, "one", "two", "three")
    ann.find("#composer").press_sequentially("half a thou")
    eventually(lambda: ann.keeps("drafts") == ["half a thou"])
    ann.page.close()
    cut = Cut(ann)
    ann.context.set_offline(False)

    ann.page = ann.look()
    eventually(lambda: ann.sees() == ["(one)", "(two)", "(three)"])
    eventually(lambda: ann.find("#composer").input_value() == "half a thou")
    assert server.texts_after(since) == []
    cut.mend()

    eventually(lambda: ann.sees() == ["one", "two", "three"] and ann.keeps() == [])
    assert server.texts_after(since) == ["one", "two", "three"]
    eventually(lambda: ann.keeps("drafts") == [])  # by now the server has it
    assert ann.find("#composer").input_value() == "half a thou"


def test_another_tab_sends_what_a_closed_tab_left(visit, server):
    ann, since = visit().come_in(), server.head()
    cut = Cut(ann, is_mended=True)
    ann.page.reload()
    ann.come_in()
    second = ann.in_another_tab()
    cut.is_mended = False
    without_a_connection(ann, "from the first tab")
    second.write("from the second tab")
    eventually(lambda: len(ann.keeps()) == 2)
    assert second.sees() == ["(from the second tab)"]
    ann.context.set_offline(False)

    second.page.close()
    cut.mend()

    eventually(lambda: ann.sees() == server.texts_after(since) == ["from the first tab", "from the second tab"])
    eventually(lambda: ann.keeps() == [])


FORGETFUL = """() => {
    const real = IDBObjectStore.prototype.delete
    IDBObjectStore.prototype.delete = function (key) {
      return this.name === "outbox" ? this.count() : real.call(this, key)
    }
}"""


def test_a_message_sent_without_confirmation_is_shown_once(visit, server):
    ann, since = visit().come_in(), server.head()
    ann.page.evaluate(FORGETFUL)
    ann.write("said once")
    eventually(lambda: ann.sees() == ["said once"])
    assert ann.keeps() == ["said once"]

    ann.page.reload()
    eventually(lambda: ann.keeps() == [])

    assert ann.sees() == server.texts_after(since) == ["said once"]


PASTE = """text => {
    const field = document.querySelector("#composer")
    field.value = text
    field.dispatchEvent(new Event("input", { bubbles: true }))
}"""


def test_a_refused_message_is_kept_for_its_author_also_over_a_reload(visit):
    ann, text = visit().come_in(), "x" * 16_001
    ann.page.evaluate(PASTE, text)
    eventually(lambda: ann.find(".counter").inner_text() == "1 character too many")
    ann.find(".composer .primary").click()
    ann.write("short")
    eventually(lambda: ann.find(".failure").count() == 1 and ann.sees()[0] == "short" and ann.keeps() == [text])

    ann.page.reload()
    eventually(lambda: ann.find(".failure").count() == 1)
    assert "16,000 characters at most" in ann.find(".failure .error-text").inner_text()
    ann.find(".failure button", has_text="Edit").press("Enter")
    eventually(lambda: ann.find("#composer").input_value() == text)
    ann.find("#composer").fill("shorter")
    ann.find(".composer .primary").click()
    eventually(lambda: ann.sees() == ["short", "shorter"])
    ann.write("x" * 16_002)
    eventually(lambda: ann.find(".failure").count() == 1)
    ann.find(".failure button", has_text="Discard").click()
    eventually(lambda: ann.sees() == ["short", "shorter"] and ann.keeps() == [])
    ann.page.reload()

    eventually(lambda: ann.sees() == ["short", "shorter"])
    assert ann.find(".failure").count() == 0


def test_a_short_interruption_is_not_shown(visit):
    ann = visit().come_in()
    said = []
    ann.page.expose_function("said", lambda look: said.append(look))
    ann.page.evaluate("""() => new MutationObserver(() => {
        window.said(document.querySelector('.line').className) }).observe(document.querySelector('.composer-footer'),
        { childList: true, subtree: true, attributes: true })""")

    ann.context.set_offline(True)
    eventually(lambda: ann.find("body[data-state=offline]").count())
    ann.context.set_offline(False)
    ann.come_in()

    assert not [look for look in said if "offline" in look]


def test_a_store_of_another_slice_is_added_while_two_tabs_store(visit):
    ann = visit().come_in()
    first, second = ann.page, ann.look()
    eventually(lambda: second.evaluate("document.body.dataset.assets"))
    put = """async ([store, key]) => {
        const storage = await import(`${document.body.dataset.assets}/web/static/storage.js`)
        await storage.put(store, key, `${key} of ${store}`)
        return storage.get(store, key)
    }"""

    values = [tab.evaluate(put, [store, key]) for store, key in (("outbox", "a"), ("notes", "b"), ("polls", "c"))
              for tab in (first, second)]
    keys = first.evaluate("""async () => {
        const [{ name }] = await indexedDB.databases()
        const open = indexedDB.open(name)
        await new Promise(resolve => { open.onsuccess = resolve })
        return [...open.result.objectStoreNames]
    }""")

    assert values == [f"{key} of {store}" for store, key in (("outbox", "a"), ("notes", "b"), ("polls", "c"))
                      for _ in range(2)]
    assert {"outbox", "notes", "polls"} <= set(keys)
