"""Urgent messages and on-call lists, for pictures of the page."""

from tests.browser.conftest import eventually, show_again

MAST = "@maya The mast on Sylt sends nothing since 10:40"


def raise_alarms(page, team):
    """Have somebody send urgent messages, one of which is acknowledged, and one that goes to an on-call list."""
    if not team.request("maya", "GET", "/api/on-call"):
        _send(team)
    show_again(page)
    page.wait_for_selector(".urgent-part, .oncall-head, .jump-to-latest")
    if page.locator(".jump-to-latest").count():
        page.locator(".jump-to-latest").first.click()


def _send(team):
    crew = [one["id"] for one in team.request("maya", "GET", "/api/people?q=") if "bot" not in one["name"]][:5]
    group = team.request("maya", "POST", "/api/groups", handle="stations", name="Station crew", people=crew)["id"]
    turns = {"weekday": 0, "time": "09:00", "zone": "Europe/Berlin"}
    plan = {"steps": [{"who": crew[:3], "minutes": 5, "rotation": turns}, {"who": crew[3:], "minutes": 10}]}
    team.request("maya", "PUT", f"/api/on-call/{group}", plan=plan)
    launch, other = team.find("Who writes")[0], next(name for name in team.tokens if name != "maya")
    for text in (MAST, "@maya The mast is down, can you call them?"):
        seq = team.request(other, "POST", f"/api/channels/{launch}/entries", text=text, key=text, urgent=True)["seq"]
        if text == MAST:
            alarm = eventually(lambda: _alarm_of(team, seq))  # noqa: B023
            team.request("maya", "POST", f"/api/alarms/{alarm}/acknowledge")
    team.request(other, "POST", "/api/notify", person="stations", text="No data from any station", key="none")


def _alarm_of(team, seq):
    """Return the alarm of a message in Maya's inbox, or None before she is notified of it."""
    groups = team.request("maya", "GET", "/api/inbox")["groups"]
    return next((one["alarm"] for group in groups for one in group["items"] if one.get("target") == seq), None)


def change_steps(page, team):
    """Open the steps of an on-call list."""
    raise_alarms(page, team)
    page.locator(".oncall-head [aria-haspopup=menu]").click()
    page.get_by_role("menuitem").first.click()
