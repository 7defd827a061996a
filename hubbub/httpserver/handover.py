"""Hand a connection to the worker of this host that has its session, or that `/metrics?worker=2` asks for."""

import re

from flask_fanout import handover

NUMBER = re.compile("worker=[0-9]{1,2}")


class Handover(handover.Handover):
    """Also knows the workers by their numbers, which stay when a worker is replaced."""

    def take_number(self, number: int) -> None:
        """Be the worker with this number from now on."""
        link = self.folder / f"{self.name}.link"
        link.symlink_to(self.name)
        link.replace(self.folder / f"worker-{number}")

    def owner(self, environ: dict[str, object]) -> str | None:
        """Return the name of the other worker that a request is for; None if there is none."""
        found = NUMBER.fullmatch(str(environ["QUERY_STRING"]))
        if found and str(environ["PATH_INFO"]).rstrip("/").endswith("/metrics"):
            return self.other((self.folder / found[0].replace("=", "-")).resolve().name)
        return super().owner(environ)
