"""A workspace with a person for every caller of the authorisation table, and functions to act as any of them."""

import secrets

from hubbub import live
from hubbub.chat import search
from hubbub.core import db, log
from hubbub.core.access import Visitor
from hubbub.files import store
from hubbub.people import model
from hubbub.web import api
from tests.access_table import CALLERS
from tests.running_app import HERE, RunningApp

KINDS = {"archived": "public"}
ABSENT = 10**9
NUMBERS = ("id", "action", "seq", "root", "person", "document", "hook", "bot", "outgoing")
NO_FILE = "0" * 32
KNOWN = {"channel": "room:1", "emoji": "👍", "room": 1, "part": "profile", "file": NO_FILE, "name": "a.txt",
         "feed": "prices", "symbol": "ACME", "topic": "alerts",
         **dict.fromkeys(NUMBERS, 1)}
ROLE_OF = {"v": "guest", "g": "guest", "a": "admin", "o": "owner"}


class Peer:
    """A connection without a socket; what it is sent is discarded."""

    full, is_batched, network = False, False, ""  # exempt from connection limits

    def __init__(self, visitor):
        self.link = self
        self.visitor = visitor
        self.person = visitor.person
        self.sid = secrets.token_hex(4)

    def send(self, frame):
        pass


class AccessWorkspace:
    """A workspace with one person per caller of the table; rooms are created as a test needs them."""

    def __init__(self, folder):
        self.app = RunningApp(folder)
        self.owner = self.app.set_up_owner()
        self.password = db.execute("select password from person where id = :id", id=self.owner.person)[0][0]
        self.app.request("/api/settings", self.owner.token, "PATCH", guests=True)
        with db.transaction() as tx:
            self.people = {letter: self.create_person(tx, ROLE_OF.get(letter, "member"))
                           for letter in [*CALLERS, "insider"]}
            self.banned = self.create_person(tx, "member")
            self.visitors = {letter: self.visitor(tx, person) for letter, person in self.people.items()}
            self.visitors["token"] = self.visitor(tx, self.people["m"], "read")
            self.visitors["banned"] = self.visitor(tx, self.banned)
            tx.execute("update person set banned = 1 where id = :id", id=self.banned)

    def create_person(self, tx, role):
        handle = f"p{secrets.token_hex(6)}"
        return model.create(tx, handle, handle, role, None if role == "guest" else self.password).id

    @staticmethod
    def visitor(tx, person, scope="admin", kind="token"):
        """Create a sign-in; return its secret and its visitor."""
        secret = model.create_sign_in(tx, person, kind, scope=scope)
        return secret, Visitor(person, model.sign_in_id(secret), scope)

    def room(self, tx, room_kind):
        """Create a room with its members and a message, and return the names in it; the Lobby is reset instead."""
        if room_kind == "lobby":
            tx.execute("update room set archived = null, name = 'Lobby', topic = '' where id = 1")
            tx.execute("delete from room_ban")
            tx.execute("delete from hook where room = 1 and id <= (select max(id) - 30 from hook)")
            return self.fill_in(tx, 1)
        [(id,)] = tx.execute("insert into room (kind, name, created_by, since, archived) "
                             "values (:kind, :name, 0, 0, :archived) returning id",
                             kind=KINDS.get(room_kind, room_kind), name=secrets.token_hex(8),
                             archived=1.0 if room_kind == "archived" else None)
        for letter in ("g", "m", "w", "r", "insider"):
            if letter != "r" or room_kind != "direct":
                tx.execute("insert into member (room, person, role, since) values (:room, :person, :role, 0)",
                           room=id, person=self.people[letter], role="admin" if letter == "r" else "member")
        return self.fill_in(tx, id)

    def fill_in(self, tx, id):
        channel = f"room:{id}"
        first = log.append(tx, channel, "message", {"text": "tea?"}, author=self.people["w"],
                           key=secrets.token_hex(8), counts=True)
        search.add(tx, [first])
        [(document,)] = tx.execute("insert into document (room, title, created_by, since, changed, changed_by) values "
                                   "(:room, 'Plans', :created_by, 0, 0, :created_by) returning id",
                                   room=channel, created_by=self.people["w"])
        bot = self.create_person(tx, "bot")
        [(hook,)] = tx.execute("insert into hook (secret, room, person, name, icon, locked, created_by, since) values "
                               "(:secret, :room, :bot, 'CI', '', 1, 0, 0) returning id",
                               secret=secrets.token_hex(8), room=id, bot=bot)
        if id != 1:
            tx.execute("insert into member (room, person, role, since) values (:room, :bot, 'member', 0)",
                       room=id, bot=bot)
        return {"document": document, "hook": hook, "doc": f"doc:{document}", "file": self.file(tx, channel, first.seq),
                "name": "tea.webp", "channel": channel, "id": id, "seq": first.seq, "root": first.seq,
                "message": first.seq,
                "person": self.people["insider"], "insider": self.people["insider"], "emoji": "👍",
                "outsider": self.create_person(tx, "member")}

    def bot(self, tx):
        """Create a bot of the owner with a webhook, and return their names."""
        bot = self.create_person(tx, "bot")
        tx.execute("insert into bot (person, created_by, since) values (:bot, :owner, 0)",
                   bot=bot, owner=self.owner.person)
        [(outgoing,)] = tx.execute(
            "insert into outgoing (person, url, secret, origin, trigger, word, about, format, since) values "
            "(:bot, 'https://a.example/', 'x', '', 'mention', '', '', 'form', 0) returning id", bot=bot)
        return {"bot": bot, "outgoing": outgoing}

    @staticmethod
    def feed(tx, person, is_new=False):
        """Create a feed with a symbol and an alert, and return their names; with `is_new`, return unused names only."""
        feed, symbol = f"f{secrets.token_hex(4)}", f"S{secrets.token_hex(4).upper()}"
        if is_new:
            return {"feed": feed, "symbol": symbol, "alert": 0}
        tx.execute("insert into feed (name, title, created_by, since) values (:feed, 'Prices', :person, 0)",
                   feed=feed, person=person)
        tx.execute("insert into symbol (name, feed, since) values (:symbol, :feed, 0)", symbol=symbol, feed=feed)
        [(alert,)] = tx.execute("insert into alert (person, symbol, level, direction, once, side, since) "
                                "values (:person, :symbol, 1, 'above', 1, '', 0) returning id",
                                person=person, symbol=symbol)
        return {"feed": feed, "symbol": symbol, "alert": alert}

    def file(self, tx, channel, seq):
        """Create a picture that is attached to a message."""
        id = secrets.token_hex(16)
        tx.execute("insert into file (id, channel, person, name, size, received, type, width, height, at, ready, seq) "
                   "values (:id, :channel, :person, 'tea.webp', 3, 3, 'image/webp', 1, 1, 0, 0, :seq)",
                   id=id, channel=channel, person=self.people["w"], seq=seq)
        for part in ("", "view", "thumb"):
            store.path_of(id, part).parent.mkdir(exist_ok=True)
            store.path_of(id, part).write_bytes(b"tea")
        return id


def fill_in(value, names):
    """Replace the `$name` placeholders of a payload."""
    if isinstance(value, dict):
        return {fill_in(name, names): fill_in(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill_in(inner, names) for inner in value]
    if value in ("$key", "$name"):
        return secrets.token_hex(8)
    if isinstance(value, str) and "$" in value:
        head, _, tail = value.partition("$")
        name, dash, rest = tail.partition("-")
        return names[name] if not head and not dash else f"{head}{names[name]}{dash}{rest}"
    return value


def acknowledged(event, call):
    """Wait for a call that an event made, and return its acknowledgement."""
    try:
        outcome = call.wait()
    except Exception as error:
        outcome = error
    return live.dispatch.answer(None, event, outcome)


def send_event(visitor, event, payload):
    """Dispatch an event on a connection of this visitor, and return its answer."""
    with db.UnitOfWork() as unit:
        returned = live.dispatch.dispatch(Peer(visitor), [event, payload])
        [answer] = acknowledged(event, returned) if isinstance(returned, db.Call) else returned
        unit.wait_for_commit()
    if event == "resume" and len(answer.get("ok", ())) == 1:  # it answers for each channel
        [result] = answer["ok"].values()
        return result if "error" in result else {"ok": result}
    return answer


def send_request(workspace, secret, method, rule, names, payload):
    """Send a request, and return the response."""
    path = rule
    for name in ("channel", "emoji", "file", "name", "feed", "symbol", "topic", *NUMBERS):
        for form in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
            path = path.replace(form, str(names.get(name, "")))
    operation = api.operations.get((method, rule))
    in_query = method == "GET" or operation is not None and operation.raw
    options = {"query_string": payload} if in_query else {} if payload is None else {"json": payload}
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    client = workspace.app.flask.test_client()
    return client.open(path, method=method, headers=headers, environ_overrides=HERE, **options)


def code(answer):
    """Return `ok`, or the code of the refusal."""
    body = answer if isinstance(answer, dict) else answer.json if answer.status_code >= 400 else {}
    return body.get("code", "ok") if isinstance(body, dict) else "ok"
