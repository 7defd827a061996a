"""A publication in a room: a message of its author, which changes and disappears with it."""

from hubbub.chat import messages
from hubbub.core import access, db, log
from hubbub.core.access import Refused
from hubbub.files import uploads
from hubbub.hooks import cards, mrkdwn, ntfy
from hubbub.hooks import message as hooks
from hubbub.publishing.message import Message


def post(tx: db.Transaction, author: int, channel: str, id: str, message: Message, is_here: bool) -> int:
    """Post a publication in a room, and return the number of the message; its file `is_here` if it is nowhere else."""
    tx.lock(channel)
    files = (message.attachment.id,) if message.attachment and is_here else ()
    if files:
        uploads.choose(tx, author, channel, [*files])
    draft = messages.Draft(attachments=_look(message), urgent=message.priority == hooks.URGENT,
                           priority=message.priority, files=files)
    return messages.post_in(tx, author, channel, text(message, is_here), log.server_key("published", id), draft).seq


def change(tx: db.Transaction, author: int, channel: str, seq: int, key: str, message: Message) -> None:
    """Change the message of a publication, unless somebody deleted it."""
    tx.lock(channel)
    try:
        target = messages.find(tx, channel, seq)
    except Refused:
        return
    if messages.text_of(tx, target) != text(message):
        messages.edit_in(tx, author, channel, seq, text(message), log.server_key("published", key))
    cards.show(tx, author, target, _look(message).get("hook", {}), log.server_key("shown", key))


def delete(tx: db.Transaction, author: int, channel: str, seq: int, id: str) -> None:
    """Delete the message of a publication, unless somebody did, or the author may not any more."""
    tx.lock(channel)
    if access.allows(tx, author, channel, "delete"):
        try:
            messages.delete_in(tx, author, channel, seq, log.server_key("withdrawn", id))
        except Refused:
            return


def text(message: Message, is_here: bool = False) -> str:
    """Return a publication as the Markdown of a message."""
    file = message.attachment
    links = "; ".join(f'view, "{one.label}", {one.url}' for one in message.actions if one.action == "view")
    fields = {"title": message.title, "tags": ",".join(message.tags), "click": message.click, "actions": links,
              "markdown": "1" if message.markdown else "", "priority": str(message.priority),
              "attach": file.url if file else "", "filename": file.name if file else ""}
    found = ntfy.read(message.message, lambda name: fields.get(name, "")).text
    return hooks.clean(f"{found}\n📎 {mrkdwn.plain(file.name)}") if file and file.id and not is_here else found


def _look(message: Message) -> dict[str, dict[str, str]]:
    return cards.attachment(hooks.Message("", tone=ntfy.TONES.get(message.priority, "")))
