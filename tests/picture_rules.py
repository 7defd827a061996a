"""Rules and groups of people for the pictures of their settings."""

from tests.browser.conftest import show_again


def add_rules(page, team):
    """Show rules of every kind."""
    launch, seq = team.find("Who writes")
    people = {one["handle"]: one["id"] for one in team.request("maya", "GET", "/api/people")}
    other = next(id for handle, id in people.items() if handle != "maya")
    for rule in ({"kind": "keyword", "word": "deploy"}, {"kind": "keyword", "word": "weather station"},
                 {"kind": "person", "about": other}, {"kind": "priority", "about": 4},
                 {"kind": "document", "channel": f"doc:{team.documents['Launch plan']}"},
                 {"kind": "room", "channel": launch, "level": "hidden"},
                 {"kind": "thread", "channel": launch, "root": seq, "level": "muted"},
                 {"kind": "alert", "channel": "feed:ACME", "word": "above", "level": "200", "about": 1}):
        team.server.request("PUT", "/api/rules", team.tokens["maya"], rule)
    show_again(page)
    page.wait_for_selector(".rules")


def add_groups(page, team):
    """Show two groups."""
    people = [one["id"] for one in team.request("maya", "GET", "/api/people")]
    if not team.request("maya", "GET", "/api/groups"):
        team.request("maya", "POST", "/api/groups", handle="oncall", name="On call", people=people[:3])
        team.request("maya", "POST", "/api/groups", handle="everyone-in-design", name="Design", people=people[:6])
    show_again(page)
    page.wait_for_selector(".server-list li")
