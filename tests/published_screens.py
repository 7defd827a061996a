"""What programs publish, for pictures of the page."""

from tests.browser.conftest import show_again


def publish(page, team):
    """Have programs notify with all that there is."""
    say = lambda **body: team.request("maya", "POST", "/api/notifications", **body)  # noqa: E731
    say(to="@maya", text="Deploy 42 waits for a decision: 3 of 1,240 tests failed.", title="Deploy 42", priority=5,
        tags=["rotating_light", "production"], key="deploy", actions=[
            {"action": "view", "label": "Look", "url": "https://ci.example/42"},
            {"action": "http", "label": "Roll back", "url": "https://ci.example/back"},
            {"action": "broadcast", "label": "Take a picture"}])
    say(to="backups", text="db1 is stored in 3 minutes, 12 GB, on a disk with a name that is rather long.", create=True,
        title="Nightly backup", tags=["floppy_disk", "db1", "weekly"], attach="https://x.example/backup-2026-11-30.log")
    team.request("maya", "PUT", "/api/topics/backups/subscription", subscribed=True)
    say(to="backups", text="db1 is stored in 3 minutes, 12 GB, on a disk with a name that is rather long.", priority=2,
        title="Nightly backup", tags=["white_check_mark", "db1", "weekly"],
        attach="https://x.example/backup-2026-11-30.log", key="backup")
    page.wait_for_selector(".published")


def show_topics(page, team):
    """Subscribe to topics."""
    for name, least, muted in (("backups", 1, False), ("deploys", 4, False), ("door-bell", 1, True)):
        team.request("maya", "POST", "/api/topics", name=name, open=name != "deploys")
        team.request("maya", "PUT", f"/api/topics/{name}/subscription", subscribed=True, least=least, muted=muted)
    team.request("maya", "POST", "/api/topics", name="sensor-readings-of-the-green-house")
    show_again(page)
    page.locator(".topics").wait_for()
    page.locator(".topics").scroll_into_view_if_needed()
