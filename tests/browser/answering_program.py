"""A program on loopback that an outgoing webhook calls: it offers a button, and answers who pressed it."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl

OFFER = {"text": "Deploy **42**?", "blocks": [{"type": "actions", "elements": [
    {"type": "button", "action_id": "yes", "style": "primary", "text": {"type": "plain_text", "text": "Approve"}}]}]}


class Program(BaseHTTPRequestHandler):
    def do_POST(self):
        fields = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if "payload" in fields:
            name = json.loads(fields["payload"])["user"]["name"]
            answer = {"replace_original": True, "text": f"Approved by {name}"}
        else:
            answer = {"text": f"Version {fields['text']} is out"} if "command" in fields else OFFER
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def answering():
    """Run the program, and return its address."""
    server = HTTPServer(("127.0.0.1", 0), Program)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
