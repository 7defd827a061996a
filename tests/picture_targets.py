"""Pictures of where notifications go: topics of ntfy, and e-mail."""

from tests.browser.conftest import show_again


def add_targets(page):
    """Let notifications reach a topic of ntfy and an e-mail address, and begin to add another topic."""
    mail = {"available": True, "address": "maya@station2.example", "confirmed": True, "mode": "mentions",
            "minutes": 15, "failures": 0, "problem": ""}
    page.route("**/api/me/mail", lambda route: route.fulfill(json=mail))  # this server sends no e-mail
    page.evaluate("""async () => {
        const said = { endpoint: "https://ntfy.sh/launch-crew-7f3a", name: "Phone of the crew" }
        await fetch("/api/targets", { method: "POST", body: JSON.stringify(said),
                                      headers: { "Content-Type": "application/json" } })
    }""")
    show_again(page)
    page.locator(".form > .server-list + div > button").click()


def show_mail(page):
    """Show the e-mail address among the settings of notifications."""
    add_targets(page)
    page.locator("form .buttons .plain").click()
    page.locator("h3:has(+ .form select)").first.evaluate("heading => heading.scrollIntoView()")
