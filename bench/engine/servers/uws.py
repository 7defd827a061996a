"""uWebSockets through socketify, which has no Socket.IO: messages of a connection on /pub are sent to all others."""

import sys

from socketify import App, OpCode

app = App()


def upgrade(response, request, context):
    response.upgrade(request.get_header("sec-websocket-key"), request.get_header("sec-websocket-protocol") or "",
                     request.get_header("sec-websocket-extensions") or "", context, request.get_url() == "/pub")


def opened(connection):
    if not connection.get_user_data():
        connection.subscribe("all")


app.ws("/*", {
    "compression": 0, "max_payload_length": 1 << 20, "idle_timeout": 120, "max_backpressure": 1 << 24,
    "upgrade": upgrade, "open": opened,
    "message": lambda connection, text, opcode: app.publish("all", text, OpCode.TEXT),
})
app.listen({"port": int(sys.argv[1]), "host": "127.0.0.1"}, lambda config: None)
app.run()
