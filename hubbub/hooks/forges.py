"""Events of GitHub, Gitea and GitLab as they send them to any webhook, known by a header; others are passed over."""

from collections.abc import Callable, Mapping
from typing import Any

from hubbub.hooks.message import Message, clean, field
from hubbub.hooks.mrkdwn import link, plain

Found = dict[str, Any]

COMMITS = 5
QUOTE = 300  # characters of a comment
TONES = {"success": "good", "merged": "good", "failure": "danger", "failed": "danger", "timed_out": "danger",
         "opened": "info", "open": "info", "published": "info", "changes_requested": "warning", "approved": "good"}
GITLAB_VERBS = {"open": "opened", "close": "closed", "reopen": "reopened", "merge": "merged", "approved": "approved"}


def read(headers: Mapping[str, str], payload: Any) -> Message | None:
    """Return the message of an event, with no text if it is not shown; None where the request is no event."""
    event, kind = headers.get("x-github-event", ""), headers.get("x-gitlab-event", "")
    if not (event or kind) or not isinstance(payload, dict):
        return None
    if event:
        draw, repository = GITHUB.get(event), _inner(payload, "repository")
        place = link(field(repository, "html_url"), plain(field(repository, "full_name")))
    else:
        draw, repository = GITLAB.get(field(payload, "object_kind")), _inner(payload, "project")
        place = link(field(repository, "web_url"), plain(field(repository, "path_with_namespace")))
    text, outcome = draw(payload) if draw else ("", "")
    return Message(clean(f"{place}\n{text}") if text else "", tone=TONES.get(outcome, ""))


def _inner(found: Found, *names: str) -> Found:
    """Return an object inside another; an empty one where there is none."""
    for name in names:
        inner = found.get(name)
        found = inner if isinstance(inner, dict) else {}
    return found


def _who(payload: Found) -> str:
    sender, user = _inner(payload, "sender"), _inner(payload, "user")
    return plain(field(sender, "login") or field(user, "name") or field(payload, "user_name")) or "Someone"


def _titled(found: Found, sign: str = "#") -> str:
    """Return the number and title of an issue or a pull request as a link."""
    number = field(found, "number") or field(found, "iid")
    return link(field(found, "html_url") or field(found, "url"), f"{sign}{number} {plain(field(found, 'title'))}")


def _code(text: str) -> str:
    return f"`{' '.join(text.replace('`', '').split())[:100]}`" if text else ""


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return f"\n> {plain(words[:QUOTE])}{'…' if len(words) > QUOTE else ''}" if words else ""


def _commit(commit: Found) -> str:
    id, subject = field(commit, "id")[:7], field(commit, "message").partition("\n")[0]
    author = plain(field(_inner(commit, "author"), "name"))
    return f"- {link(field(commit, 'url'), _code(id))} {plain(subject)} — {author}"


def _push(payload: Found) -> tuple[str, str]:
    """A push, which GitHub and GitLab describe alike."""
    listed = payload.get("commits")
    commits = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    branch = field(payload, "ref").removeprefix("refs/heads/").removeprefix("refs/tags/")
    shown = link(field(payload, "compare"), _code(branch)) if payload.get("compare") else _code(branch)
    if not commits:
        verb = "deleted" if payload.get("deleted") is True else "pushed"
        return (f"**{_who(payload)}** {verb} {shown}", "") if branch else ("", "")
    lines = [_commit(one) for one in commits[:COMMITS]]
    count = f"{len(commits)} commit{'s' if len(commits) > 1 else ''}"
    more = [f"- … {len(commits) - COMMITS} more"] if len(commits) > COMMITS else []
    return "\n".join([f"**{_who(payload)}** pushed {count} to {shown}", *lines, *more]), ""


def _issue(payload: Found) -> tuple[str, str]:
    action = field(payload, "action")
    if action not in ("opened", "closed", "reopened"):
        return "", ""
    return f"**{_who(payload)}** {action} {_titled(_inner(payload, 'issue'))}", action


def _pull_request(payload: Found) -> tuple[str, str]:
    action, found = field(payload, "action"), _inner(payload, "pull_request")
    if action not in ("opened", "closed", "reopened", "ready_for_review"):
        return "", ""
    done = "merged" if action == "closed" and found.get("merged") is True else action.replace("_", " ")
    body = _quoted(field(found, "body")) if action == "opened" else ""
    return f"**{_who(payload)}** {done} {_titled(found)}{body}", done


def _comment(payload: Found) -> tuple[str, str]:
    about = _inner(payload, "issue") or _inner(payload, "pull_request")
    comment = _inner(payload, "comment")
    if field(payload, "action") != "created":
        return "", ""
    commented = link(field(comment, "html_url"), "commented")
    return f"**{_who(payload)}** {commented} on {_titled(about)}{_quoted(field(comment, 'body'))}", ""


def _review(payload: Found) -> tuple[str, str]:
    review = _inner(payload, "review")
    state = field(review, "state").lower()
    if field(payload, "action") != "submitted" or state not in ("approved", "changes_requested"):
        return "", ""
    words = "approved" if state == "approved" else "requested changes on"
    about = _titled(_inner(payload, "pull_request"))
    return f"**{_who(payload)}** {words} {about}{_quoted(field(review, 'body'))}", state


def _release(payload: Found) -> tuple[str, str]:
    release = _inner(payload, "release")
    if field(payload, "action") != "published":
        return "", ""
    shown = link(field(release, "html_url"), plain(field(release, "name") or field(release, "tag_name")))
    return f"**{_who(payload)}** released {shown}{_quoted(field(release, 'body'))}", "published"


def _workflow(payload: Found) -> tuple[str, str]:
    run = _inner(payload, "workflow_run")
    outcome = field(run, "conclusion")
    if field(payload, "action") != "completed" or outcome in ("", "skipped", "neutral"):
        return "", ""
    shown = link(field(run, "html_url"), f"{plain(field(run, 'name'))} #{field(run, 'run_number')}")
    sign = {"success": "✅", "cancelled": "🚫"}.get(outcome, "❌")
    return f"{sign} {shown}: {plain(outcome)} on {_code(field(run, 'head_branch'))}", outcome


def _ping(payload: Found) -> tuple[str, str]:
    return f"🔗 GitHub is connected: {plain(field(payload, 'zen'))}", ""


def _gitlab_change(payload: Found) -> tuple[str, str]:
    """An issue or a merge request of GitLab."""
    about = _inner(payload, "object_attributes")
    verb = GITLAB_VERBS.get(field(about, "action"), "")
    is_merge_request = field(payload, "object_kind") == "merge_request"
    shown = _titled(about, "!" if is_merge_request else "#")
    return (f"**{_who(payload)}** {verb} {shown}", verb) if verb else ("", "")


def _gitlab_note(payload: Found) -> tuple[str, str]:
    note = _inner(payload, "object_attributes")
    request, issue = _inner(payload, "merge_request"), _inner(payload, "issue")
    about = _titled(request, "!") if request else _titled(issue) if issue else "a commit"
    commented = link(field(note, "url"), "commented")
    return f"**{_who(payload)}** {commented} on {about}{_quoted(field(note, 'note'))}", ""


def _pipeline(payload: Found) -> tuple[str, str]:
    run = _inner(payload, "object_attributes")
    outcome = field(run, "status")
    if outcome not in ("success", "failed", "canceled"):
        return "", ""
    sign = {"success": "✅", "canceled": "🚫"}.get(outcome, "❌")
    shown = link(field(run, "url"), f"Pipeline #{field(run, 'id')}")
    return f"{sign} {shown}: {outcome} on {_code(field(run, 'ref'))}", outcome


def _gitlab_release(payload: Found) -> tuple[str, str]:
    if field(payload, "action") != "create":
        return "", ""
    return f"🏷 Released {link(field(payload, 'url'), plain(field(payload, 'name')))}", "published"


Draw = Callable[[Found], tuple[str, str]]
GITHUB: dict[str, Draw] = {"push": _push, "issues": _issue, "pull_request": _pull_request, "issue_comment": _comment,
                           "pull_request_review": _review, "pull_request_review_comment": _comment, "release": _release,
                           "workflow_run": _workflow, "ping": _ping}
GITLAB: dict[str, Draw] = {"push": _push, "tag_push": _push, "issue": _gitlab_change, "merge_request": _gitlab_change,
                           "note": _gitlab_note, "pipeline": _pipeline, "release": _gitlab_release}
