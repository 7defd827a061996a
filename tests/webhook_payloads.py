"""What other programs send to Slack's incoming webhooks, by their documentation and source, and how we show it."""

PAYLOADS = {
    "Alertmanager": ({
        "channel": "#alerts", "username": "Alertmanager", "icon_emoji": "", "icon_url": "", "link_names": False,
        "attachments": [{
            "title": "[FIRING:2] HighLatency (api production)", "title_link": "http://am.example/#/alerts?receiver=ops",
            "pretext": "", "text": "*Summary:* p99 of `api` is 2.1s &gt; 1s\n*Runbook:* <https://run.example/latency|open>",
            "fallback": "[FIRING:2] HighLatency | http://am.example/#/alerts", "callback_id": "", "footer": "",
            "fields": [{"title": "Severity", "value": "critical", "short": True},
                       {"title": "instance_name", "value": "api-1:9090", "short": True}],
            "actions": [{"type": "button", "text": "Silence :no_bell:", "url": "http://am.example/#/silences/new"},
                        {"type": "button", "text": "Ack", "name": "ack", "value": "1"}],
            "color": "danger", "mrkdwn_in": ["fallback", "pretext", "text"]}]},
        ["**[\\[FIRING:2\\] HighLatency (api production)](http://am.example/#/alerts?receiver=ops)**",
         "**Summary:** p99 of `api` is 2.1s > 1s", "**Runbook:** [open](https://run.example/latency)",
         "**Severity** critical", "**instance_name** api-1:9090",
         "[Silence 🔕](http://am.example/#/silences/new)"],
        {"tone": "danger", "name": "Alertmanager"}),
    "Grafana": ({
        "channel": None, "username": "Grafana", "icon_emoji": ":chart_with_upwards_trend:", "text": "@ops, look",
        "attachments": [{
            "color": "#36a64f", "title": "[RESOLVED] CPU above 90 % (web)",
            "title_link": "https://grafana.example/alerting/grafana/abc/view", "fallback": "[RESOLVED] CPU",
            "text": "**Resolved**\n\nValue: A=12\nLabels:\n - alertname = CPU above 90 %",
            "fields": None, "footer": "Grafana v11.3.0", "image_url": "https://grafana.example/img/a.png",
            "footer_icon": "https://grafana.com/static/assets/img/fav32.png", "ts": 1732000000}]},
        ["\\@ops, look", "",
         "**[\\[RESOLVED\\] CPU above 90 % (web)](https://grafana.example/alerting/grafana/abc/view)**",
         "**Resolved**", "", "Value: A=12", "Labels:", " - alertname = CPU above 90 %",
         "[🖼 \\[RESOLVED\\] CPU above 90 % (web)](https://grafana.example/img/a.png)", "Grafana v11.3.0"],
        {"tone": "good", "name": "Grafana", "icon": "📈"}),
    "GitLab": ({
        "username": "GitLab", "icon_url": None, "channel": "",
        "text": "Ann pushed to branch <https://gitlab.example/ops/app/commits/main|main> of "
                "<https://gitlab.example/ops/app|Ops / App> (<https://gitlab.example/compare/a...b|Compare changes>)",
        "attachments": [{"color": "#345", "text":
                         "<https://gitlab.example/app/commit/1a2b|1a2b>: Fix *args &amp; &lt;kwargs&gt; - Ann"}]},
        ["Ann pushed to branch [main](https://gitlab.example/ops/app/commits/main) of "
         "[Ops / App](https://gitlab.example/ops/app) ([Compare changes](https://gitlab.example/compare/a...b))",
         "", "[1a2b](https://gitlab.example/app/commit/1a2b): Fix \\*args & <kwargs> - Ann"],
        {"name": "GitLab"}),
    "Gitea": ({
        "channel": "", "username": "Gitea", "icon_url": "", "unfurl_links": 0, "link_names": 0,
        "text": "[<https://git.example/ann/app|ann/app>:<https://git.example/main|main>] 1 new commit "
                "pushed by <https://git.example/ann|ann>",
        "attachments": [{"fallback": "", "color": "#1769ff", "title": "", "title_link": "",
                         "text": "<https://git.example/ann/app/commit/9f|9f>: use _private_ snake_case_names - ann"}]},
        ["[[ann/app](https://git.example/ann/app):[main](https://git.example/main)] 1 new commit pushed "
         "by [ann](https://git.example/ann)", "",
         "[9f](https://git.example/ann/app/commit/9f): use *private* snake_case_names - ann"],
        {"tone": "info", "name": "Gitea"}),
    "Jenkins": ({
        "attachments": [{"fallback": "app - #12 Failure", "color": "danger", "mrkdwn_in": ["pretext", "text"],
                         "text": "app - #12 Failure after 3 min 2 sec (<https://ci.example/job/app/12/|Open>)",
                         "fields": [{"title": "Tests", "value": "Passed: 12, Failed: 1", "short": False}]}],
        "text": "", "channel": "#ci", "link_names": "1", "unfurl_links": "true", "unfurl_media": "true"},
        ["app - #12 Failure after 3 min 2 sec ([Open](https://ci.example/job/app/12/))",
         "**Tests** Passed: 12, Failed: 1"],
        {"tone": "danger"}),
    "Uptime Kuma": ({
        "text": "Uptime Kuma Alert", "channel": None, "username": "Uptime Kuma", "icon_emoji": ":robot_face:",
        "attachments": [{"color": "#e01e5a", "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Uptime Kuma Alert"}},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Message*\nRequest failed with status 502"},
                                           {"type": "mrkdwn", "text": "*Time (UTC)*\n2026-11-30 02:00:00"}]},
            {"type": "actions", "elements": [
                {"type": "button", "text": {"type": "plain_text", "text": "Visit Uptime Kuma"},
                 "value": "Uptime-Kuma", "url": "https://status.example/dashboard/1"}]},
            {"type": "future_block", "anything": [1]}]}]},
        ["### Uptime Kuma Alert", "", "**Message**", "Request failed with status 502",
         "**Time (UTC)**", "2026-11-30 02:00:00", "", "[Visit Uptime Kuma](https://status.example/dashboard/1)"],
        {"tone": "danger", "name": "Uptime Kuma", "icon": "🤖"}),
    "Sentry": ({
        "text": "[app] TypeError: undefined is not a function",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text":
             ":red_circle: <https://sentry.example/7/|*TypeError*>\n```undefined is *not* a &lt;function&gt;```"}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "State: *New*   First Seen: *just now*"},
                                             {"type": "image", "image_url": "https://x.example/a", "alt_text": "a"}]},
            {"type": "rich_text", "elements": [
                {"type": "rich_text_list", "style": "bullet", "elements": [
                    {"type": "rich_text_section", "elements": [
                        {"type": "text", "text": "checkout.js ", "style": {"bold": True}},
                        {"type": "link", "url": "https://git.example/1", "text": "line 1"}]}]}]},
            {"type": "divider"},
            {"type": "image", "image_url": "https://sentry.example/c.png", "alt_text": "chart"}]},
        ["🔴 [*TypeError*](https://sentry.example/7/)", "```", "undefined is *not* a <function>", "```", "",
         "State: **New**   First Seen: **just now**", "",
         "- **checkout.js** [line 1](https://git.example/1)", "", "---",
         "",
         "[🖼 chart](https://sentry.example/c.png)"], {}),
    "Healthchecks": ({
        "username": "healthchecks.io", "icon_url": "https://healthchecks.io/static/img/logo.png",
        "attachments": [{
            "color": "danger", "fallback": "The check \"Backup\" is DOWN.", "mrkdwn_in": ["fields"],
            "title": "“Backup” is DOWN.", "title_link": "https://hc.example/checks/1/details/",
            "fields": [{"title": "Description", "value": "nightly pg_dump", "short": None},
                       {"title": "Last Ping", "value": 3, "short": True}, None, "junk"]}]},
        ["**[“Backup” is DOWN.](https://hc.example/checks/1/details/)**", "**Description** nightly pg_dump",
         "**Last Ping** 3"],
        {"tone": "danger", "name": "healthchecks.io"}),
}
