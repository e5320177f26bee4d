"""Whatever arrives at the doors, the daemon goes on serving, loses no descriptor and has no fault in its log."""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.alone import alone, credentials, log_lines, typed, until
from tests.helpers.cluster import PATIENCE, Daemon
from tests.helpers.conversation import login, request, with_part
from tests.helpers.xmlclient import client_context
from xcatd.protocol.frames import Kind, encode
from xcatd.tls import ALPN

EXAMPLES = settings(max_examples=70, deadline=None)
MOMENT = 0.02
"""Seconds of silence after which a caller who listens hangs up."""


@dataclass(frozen=True)
class Place:
    """A running daemon, and who may knock."""

    daemon: Daemon
    joe: Path
    service_node: Path

    def knock(self, door: str, pieces: Sequence[bytes], *, listen: bool = False) -> None:
        """Send the pieces to a door and hang up: at once, or when nothing is said any more. The daemon must hang up too."""
        with closing(self._connect(door)) as caller, suppress(ConnectionError, ssl.SSLError):
            for piece in pieces:
                caller.sendall(piece)
            if listen:
                caller.settimeout(MOMENT)
                with suppress(TimeoutError):
                    while caller.recv(65536):
                        pass
                caller.settimeout(PATIENCE)
            caller.shutdown(socket.SHUT_WR)
            while caller.recv(65536):
                pass

    def _connect(self, door: str) -> socket.socket:
        if door == "socket":
            local = socket.socket(socket.AF_UNIX)
            local.settimeout(PATIENCE)
            local.connect(str(self.daemon.root / "run/xcat/xcatd.sock"))
            return local
        who, protocol = {
            "xml": (self.daemon.credentials, None),
            "xml of joe": (self.joe, None),
            "xml of nobody": (None, None),
            "frames": (self.daemon.credentials, ALPN),
            "frames of joe": (self.joe, ALPN),
            "link": (self.service_node, ALPN),
        }[door]
        context = client_context(who)
        if protocol:
            context.set_alpn_protocols([protocol])
        plain = socket.create_connection((self.daemon.address, self.daemon.port), timeout=PATIENCE)
        return context.wrap_socket(plain)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with alone(tmp_path_factory.mktemp("fuzz")) as daemon:
        typed(
            daemon, "nodeadd n[1-20] groups=all nodehm.mgt=ipmi", "chtab key=xcat passwd.username=web passwd.password=x"
        )
        service_node = credentials(daemon, "sn9", role="sn")
        (service_node / "client-cred.pem").symlink_to(service_node / "server-cred.pem")
        yield Place(daemon, credentials(daemon, "joe"), service_node)


def sockets_of(process: int) -> int:
    """How many sockets a process has open."""
    found = 0
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found += str(descriptor.readlink()).startswith("socket:")
    return found


@pytest.fixture(autouse=True)
def unharmed(place: Place) -> Iterator[None]:
    """Before and after each test the daemon is the same: it answers, has no more connections, has nothing to regret."""
    assert place.daemon.process is not None
    process = place.daemon.process.pid
    before = sockets_of(process)
    yield
    assert typed(place.daemon, "nodels n1") == "n1\n"
    assert place.daemon.run("nodels", "n1", tls=True).stdout == "n1\n"
    until(lambda: sockets_of(process) <= before, "the connections to be closed")
    assert [line for line in log_lines(place.daemon) if line["level"] == "error" or "fault" in line["event"]] == []
    for word in ("Traceback", "never awaited", "never retrieved"):
        assert word not in place.daemon.errors()


# -- what arrives -------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_characters="/^"), max_size=12)
"""Words of a command line, without those that name a file: this daemon is root's."""
WORD = st.one_of(
    TEXT,
    st.sampled_from(
        ["n1", "all", "n[1-20]", "n1,-n2", "-n", "--", "-h", "-v", "nodelist.groups", "nodehm", "=~", "mgt==ipmi"]
    ),
    st.sampled_from(
        ["-t", "node", "-i", "groups", "-w", "-c", "-o", "\udcff", "\0", "\x1b[1m", "groups=x", "key=master"]
    ),
)
COMMAND = st.one_of(TEXT, st.sampled_from(["nodels", "lsdef", "gettab", "lsxcatd", "nodech", "chdef", "rescanplugins"]))
ARGV = st.builds(lambda command, words: [command, *words], COMMAND, st.lists(WORD, max_size=5))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ASKED = st.fixed_dictionaries(
    {"argv": ARGV | JSON}, optional={"env": st.dictionaries(TEXT, TEXT, max_size=2) | JSON, "cwd": TEXT | JSON}
)
ENCODED = ASKED.map(lambda asked: json.dumps(asked).encode())
PAYLOAD = st.one_of(st.binary(max_size=40), ENCODED, JSON.map(lambda value: json.dumps(value).encode()))
KIND = st.sampled_from([bytes((kind,)) for kind in Kind]) | st.binary(min_size=1, max_size=1)
STREAM = st.integers(0, 3) | st.integers(0, 2**32 - 1)


def frame(kind: bytes, stream: int, payload: bytes, size: int | None = None) -> bytes:
    return struct.pack(">IcI", len(payload) if size is None else size, kind, stream) + payload


FRAMES = st.lists(
    st.one_of(
        st.builds(frame, KIND, STREAM, PAYLOAD),
        st.builds(frame, st.just(b"Q"), STREAM, ASKED.map(lambda asked: json.dumps(asked).encode())),
        st.builds(frame, st.sampled_from([b"I", b"A"]), STREAM, st.binary(max_size=5)),
        st.builds(frame, KIND, STREAM, PAYLOAD, st.integers(0, 2**32 - 1)),
        st.binary(max_size=30),
    ),
    max_size=6,
).map(b"".join)

XML_TEXT = st.text(st.characters(exclude_characters="/^", exclude_categories=["Cs"]), max_size=12)
WHOLE = st.builds(
    lambda command, args, noderange: request(command, *args, noderange=noderange),
    XML_TEXT
    | st.sampled_from(["nodels", "lsdef", "gettab", "noderange", "extnoderange", "authcheck", "rescanplugins"]),
    st.lists(XML_TEXT | st.sampled_from(["-t", "node", "key=master", "site.value", "subgroups"]), max_size=3),
    XML_TEXT | st.sampled_from(["n1", "all", "n[1-20]", "/n", "@all"]),
)
TAGS = [
    b"<xcatrequest>",
    b"</xcatrequest>",
    b"<xcatrequest/>",
    b"<command>",
    b"</command>",
    b"<arg></arg>",
    b"<a>" * 20,
]
MARKUP = [b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&amp;", b"&x;", b"&#0;", b"<!DOCTYPE x [", b'<?xml version="1.0"?>']
ELEMENTS = [b"<abortcommand>1</abortcommand>", b"<username>root</username>", b"<tokens><tokenid>x</tokenid></tokens>"]
LOGINS = [login("becomeuser", "web", "x"), login("gettoken", "web", "x")]
FRAGMENT = st.sampled_from([*TAGS, *MARKUP, *ELEMENTS, *LOGINS, b"\x1b", b"\xff"]) | st.binary(max_size=10)
XML = st.lists(st.one_of(WHOLE, FRAGMENT, st.builds(with_part, WHOLE, FRAGMENT)), max_size=8).map(b"".join)


@st.composite
def in_pieces(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> list[bytes]:
    """The bytes, cut anywhere; perhaps not to the end."""
    data = draw(whole)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=4)))
    return [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


# -- and does no harm ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", ["xml", "xml of joe", "xml of nobody"])
def test_xml_and_what_looks_like_it(place: Place, door: str) -> None:
    @EXAMPLES
    @given(pieces=in_pieces(XML), listen=st.booleans())
    def knock(pieces: list[bytes], listen: bool) -> None:
        place.knock(door, pieces, listen=listen)

    knock()


@pytest.mark.parametrize("door", ["socket", "frames", "frames of joe"])
def test_frames_and_what_looks_like_them(place: Place, door: str) -> None:
    @EXAMPLES
    @given(pieces=in_pieces(FRAMES), listen=st.booleans())
    def knock(pieces: list[bytes], listen: bool) -> None:
        place.knock(door, pieces, listen=listen)

    knock()


@pytest.mark.parametrize("door", ["socket", "frames", "xml"])
def test_any_bytes(place: Place, door: str) -> None:
    @EXAMPLES
    @given(pieces=in_pieces(st.binary(max_size=2000)))
    def knock(pieces: list[bytes]) -> None:
        place.knock(door, pieces)

    knock()


HELLO = encode(Kind.HELLO, 0, b'{"name": "sn9", "version": "x"}')


def test_a_service_node_that_talks_nonsense(place: Place) -> None:
    @settings(EXAMPLES, max_examples=40)
    @given(pieces=in_pieces(FRAMES), listen=st.booleans())
    def knock(pieces: list[bytes], listen: bool) -> None:
        place.knock("link", [HELLO, *pieces], listen=listen)

    knock()


def test_no_tls_at_all(place: Place) -> None:
    for nonsense in (b"", b"\x16\x03\x01", b"GET / HTTP/1.0\r\n\r\n", request("nodels"), b"\xff" * 5000):
        where = (place.daemon.address, place.daemon.port)
        with socket.create_connection(where, timeout=PATIENCE) as caller, suppress(ConnectionError):
            caller.sendall(nonsense)
            caller.shutdown(socket.SHUT_WR)
            while caller.recv(4096):
                pass
