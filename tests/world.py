"""A place with everybody in the authorisation table in it, and ways to ask as any of them, without a socket."""

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
NUMBERS = ("id", "seq", "root", "person", "document")
NO_FILE = "0" * 32
KNOWN = {"channel": "room:1", "emoji": "👍", "room": 1, "part": "profile", "file": NO_FILE, "name": "a.txt",
         "feed": "prices", "symbol": "ACME",
         **dict.fromkeys(NUMBERS, 1)}
ROLE_OF = {"v": "guest", "g": "guest", "a": "admin", "o": "owner"}


class Peer:
    """Somebody at a connection, without the connection; what they are sent is not looked at."""

    full, is_batched, network = False, False, ""  # nobody counts them

    def __init__(self, visitor):
        self.link = self
        self.visitor = visitor
        self.person = visitor.person
        self.sid = secrets.token_hex(4)

    def send(self, frame):
        pass


class World:
    """A place with everybody in the table, where rooms are made as they are needed."""

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
        """The secret and the visitor behind it."""
        secret = model.create_sign_in(tx, person, kind, scope=scope)
        return secret, Visitor(person, model.sign_in_id(secret), scope)

    def room(self, tx, place):
        """A new room of a kind, with those in it who belong there, and a message; the Lobby is put right again."""
        if place == "lobby":
            tx.execute("update room set archived = null, name = 'Lobby', topic = '' where id = 1")
            tx.execute("delete from room_ban")
            return self.fill_in(tx, 1)
        [(id,)] = tx.execute("insert into room (kind, name, maker, since, archived) "
                             "values (:kind, :name, 0, 0, :archived) returning id",
                             kind=KINDS.get(place, place), name=secrets.token_hex(8),
                             archived=1.0 if place == "archived" else None)
        for letter in ("g", "m", "w", "r", "insider"):
            if letter != "r" or place != "direct":
                tx.execute("insert into member (room, person, role, since) values (:room, :person, :role, 0)",
                           room=id, person=self.people[letter], role="admin" if letter == "r" else "member")
        return self.fill_in(tx, id)

    def fill_in(self, tx, id):
        channel = f"room:{id}"
        first = log.append(tx, channel, "message", {"text": "tea?"}, author=self.people["w"],
                           key=secrets.token_hex(8), counts=True)
        search.add(tx, first)
        [(document,)] = tx.execute("insert into document (room, title, maker, since, changed, changer) values "
                                   "(:room, 'Plans', :maker, 0, 0, :maker) returning id",
                                   room=channel, maker=self.people["w"])
        return {"document": document, "doc": f"doc:{document}", "file": self.file(tx, channel, first.seq),
                "name": "tea.webp", "channel": channel, "id": id, "seq": first.seq, "root": first.seq,
                "message": first.seq,
                "person": self.people["insider"], "insider": self.people["insider"], "emoji": "👍",
                "outsider": self.create_person(tx, "member")}


    @staticmethod
    def feed(tx, person, is_new=False):
        """Somebody's feed with a symbol and an alert; or names for one that nobody made yet."""
        feed, symbol = f"f{secrets.token_hex(4)}", f"S{secrets.token_hex(4).upper()}"
        if is_new:
            return {"feed": feed, "symbol": symbol, "alert": 0}
        tx.execute("insert into feed (name, title, maker, since) values (:feed, 'Prices', :person, 0)",
                   feed=feed, person=person)
        tx.execute("insert into symbol (name, feed, since) values (:symbol, :feed, 0)", symbol=symbol, feed=feed)
        [(alert,)] = tx.execute("insert into alert (person, symbol, level, direction, once, side, since) "
                                "values (:person, :symbol, 1, 'above', 1, '', 0) returning id",
                                person=person, symbol=symbol)
        return {"feed": feed, "symbol": symbol, "alert": alert}

    def file(self, tx, channel, seq):
        """A picture that hangs on a message."""
        id = secrets.token_hex(16)
        tx.execute("insert into file (id, channel, person, name, size, arrived, type, width, height, at, ready, seq) "
                   "values (:id, :channel, :person, 'tea.webp', 3, 3, 'image/webp', 1, 1, 0, 0, :seq)",
                   id=id, channel=channel, person=self.people["w"], seq=seq)
        for part in ("", "view", "thumb"):
            store.path_of(id, part).parent.mkdir(exist_ok=True)
            store.path_of(id, part).write_bytes(b"tea")
        return id


def fill_in(value, names):
    """What is sent, with the names of the room at hand in it."""
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


def send_event(visitor, event, payload):
    """What an event is answered with on a connection of this visitor."""
    with db.UnitOfWork() as unit:
        [answer] = live.dispatch.dispatch(Peer(visitor), [event, payload])
        unit.wait_for_commit()
    if event == "resume" and len(answer.get("ok", ())) == 1:  # says for each channel what others say at all
        [said] = answer["ok"].values()
        return said if "error" in said else {"ok": said}
    return answer


def send_request(world, secret, method, rule, names, payload):
    """What a request is answered with: status, body and headers."""
    path = rule
    for name in ("channel", "emoji", "file", "name", "feed", "symbol", *NUMBERS):
        for form in (f"<{name}>", f"<int:{name}>"):
            path = path.replace(form, str(names.get(name, "")))
    operation = api.operations.get((method, rule))
    in_query = method == "GET" or operation is not None and operation.raw
    sent = {"query_string": payload} if in_query else {} if payload is None else {"json": payload}
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return world.app.flask.test_client().open(path, method=method, headers=headers, environ_overrides=HERE, **sent)


def code(answer):
    """`ok`, or the code of the refusal."""
    said = answer if isinstance(answer, dict) else answer.json if answer.status_code >= 400 else {}
    return said.get("code", "ok") if isinstance(said, dict) else "ok"
