"""A program on loopback that outgoing webhooks call; Slack's own library checks each signature."""

import json
from typing import NamedTuple
from urllib.parse import parse_qs

from gevent.event import Event
from gevent.pywsgi import WSGIServer
from slack_sdk.signature import SignatureVerifier

from tests.waiting import until


class Received(NamedTuple):
    """A request: the path, the id of the call, the number of the try, and the fields."""

    path: str
    id: str
    attempt: int
    fields: dict


class Receiver:
    """Records requests in `received`; `answers` are the next responses of a path: a body, or a status and a body.

    They may also be a function of the fields.

    A path in `held` waits for its event before it answers.
    """

    def __init__(self):
        self.received, self.secrets, self.answers, self.held, self.forged = [], {}, {}, {}, []
        self.server = WSGIServer(("127.0.0.1", 0), self._handle, log=None)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def at(self, path, n=None):
        """Return the requests to a path; with `n`, wait for that many first."""
        def found():
            return [one for one in self.received if one.path == path]

        if n is not None:
            until(lambda: len(found()) >= n)
        return found()

    def texts(self, path, n=None):
        return [one.fields.get("text") for one in self.at(path, n)]

    def hold(self, path):
        self.held[path] = Event()
        return self.held[path]

    def _handle(self, environ, start_response):
        path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
        timestamp, signature = environ["HTTP_X_SLACK_REQUEST_TIMESTAMP"], environ["HTTP_X_SLACK_SIGNATURE"]
        if not SignatureVerifier(self.secrets.get(path, "")).is_valid(body, timestamp, signature):
            self.forged.append(path)
        if environ["CONTENT_TYPE"] == "application/json":
            fields = json.loads(body)
        else:
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            fields = json.loads(fields["payload"]) if "payload" in fields else fields
        self.received.append(Received(path, environ["HTTP_X_HUBBUB_DELIVERY"],
                                      int(environ["HTTP_X_HUBBUB_ATTEMPT"]), fields))
        if path in self.held:
            self.held[path].wait()
        answers = self.answers.get(path)
        answers = answers(fields) if callable(answers) else answers
        answer = answers.pop(0) if isinstance(answers, list) and answers else answers or ""
        status, headers, answer = answer if isinstance(answer, tuple) else ("200 OK", [], answer)
        start_response(status, headers)
        if isinstance(answer, dict):
            return [json.dumps(answer).encode()]
        return [answer.encode()] if isinstance(answer, str) else [answer] if isinstance(answer, bytes) else answer

    def stop(self):
        for event in self.held.values():
            event.set()
        self.server.stop(timeout=0)
