"""Refusals in the words of Slack's Web API."""

from typing import Any

from hubbub.core.access import Refused


class Problem(Exception):
    """A refusal: the word in the field `error`, and what else the answer has; nearly all have the status 200."""

    def __init__(self, word: str, status: int = 200, *, retry_after: float | None = None, **more: Any) -> None:
        super().__init__(word)
        self.word, self.status, self.retry_after, self.more = word, status, retry_after, more


WORDS = {  # by the id of a refusal
    "error.channel_not_found": "channel_not_found",
    "error.not_a_room": "channel_not_found",
    "error.message_not_found": "message_not_found",
    "error.thread_not_found": "thread_not_found",
    "error.message_empty": "no_text",
    "error.message_too_long": "msg_too_long",
    "error.entry_too_long": "msg_too_long",
    "error.not_the_author": "cant_update_message",
    "error.not_an_emoji": "invalid_name",
    "error.too_many_reactions": "too_many_reactions",
    "error.person_not_found": "user_not_found",
    "error.file_not_found": "file_not_found",
    "error.files_unusable": "file_not_found",
    "error.file_empty": "invalid_arguments",
    "error.file_too_large": "file_upload_size_restricted",
    "error.file_quota": "storage_limit_reached",
    "error.too_many_unsent_files": "too_many_files",
    "error.too_many_files": "too_many_files",
}
BY_CODE = {"not_found": "channel_not_found", "denied": "restricted_action", "sign_in": "invalid_auth",
           "conflict": "invalid_arguments", "bad_input": "invalid_arguments", "too_large": "msg_too_long"}


def problem(refused: Refused) -> Problem:
    """Return a refusal of ours in the words of Slack."""
    if refused.code == "too_fast" and refused.id not in WORDS:
        return Problem("ratelimited", 429, retry_after=refused.retry_after or 1)
    if refused.code in ("busy", "not_saved"):
        return Problem("service_unavailable", 503, retry_after=refused.retry_after or 1)
    return Problem(WORDS.get(refused.id) or BY_CODE.get(refused.code, "invalid_arguments"))
