"""Files of a folder by HTTP, as a server of nodes gives them: a real web server in a thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Files(SimpleHTTPRequestHandler):
    """Serves files without a word on standard error."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
        pass


@contextlib.contextmanager
def web_server(folder: Path, address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Serves a folder at this address; gives the port."""
    with ThreadingHTTPServer((address, port), partial(Files, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, name="web server")
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
