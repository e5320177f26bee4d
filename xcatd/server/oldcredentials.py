"""`getcredentials` as images of xCAT 2 ask for it (protocol.md 2.5): behind site.legacynodes, and never what is the cluster's.

The node is found by its address, and has to answer at a port that only its root can have. That proves little, so what is given is
little: public keys, and the ssh host keys that the site has made for its nodes. Anything else is by token (`nodeenrol`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from xcatd.errors import Denied, XcatError
from xcatd.model import Caller
from xcatd.protocol.xml import Value, XmlRequest
from xcatd.services.nodes import Hearing
from xcatd.services.nodes.hearing import LEGACY

log = logging.getLogger(__name__)

PATIENCE: Final = 5.0
"""Seconds for the node's answer."""
_ASK, _ANSWER = b"CREDOKBYYOU?\n", b"CREDOKBYME"
_PRIVILEGED: Final = 1024
"""Ports below need root."""
_MOST: Final = 16
"""Credentials that are asked for at once."""
_SHOWN: Final = 80
"""Characters of a name that is not known."""
_HOST_KEYS = {f"ssh_{kind}_hostkey": f"ssh_host_{kind}_key" for kind in ("dsa", "rsa", "ecdsa", "ed25519")}
_PUBLIC_KEYS = ("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub")


async def credentials_for(
    hearing: Hearing | None, root: Path, caller: Caller, asked: XmlRequest
) -> Mapping[str, Sequence[Value]]:
    """The elements of the answer to the node at the caller's address: what it gets, and an error for what it does not get.

    No elements when the node itself is refused. The log says why. Without an error xCAT's scripts ask again for minutes.
    """
    try:
        if hearing is None or not hearing.serves_old_images:
            raise Denied(
                f"images of xCAT 2 get nothing without a certificate; to let them: chtab key={LEGACY} site.value=yes"
            )
        node = await hearing.whose.node(caller.peer)
        await _confirmed(caller.peer, _text(asked, "callback_port"))
        names = dict.fromkeys(asked.args[:_MOST])
        found = await asyncio.to_thread(_found, root, node, names)
    except XcatError as error:
        log.warning("no credentials for %s: %s", caller.peer, error)
        return {}
    log.info("credentials given", extra={"facts": {"node": node, "what": list(found), "peer": caller.peer}})
    elements: dict[str, Sequence[Value]] = {
        "data": [{"content": [_lines(text)], "desc": [name]} for name, text in found.items()],
        "error": [
            f"{name[:_SHOWN]!a} is not given here; the daemon's log says why" for name in names if name not in found
        ],
    }
    return {element: values for element, values in elements.items() if values}


def _lines(text: str) -> str:
    """With lines of its own: xCAT's scripts drop lines that have a tag."""
    return f"\n{text}" if text.endswith("\n") else f"\n{text}\n"


async def _confirmed(peer: str, port: str) -> None:
    """Ask back at the node. Raises Denied."""
    if not port.isdecimal() or len(port) > 4 or not 0 < int(port) < _PRIVILEGED:
        raise Denied(f"it names no port below {_PRIVILEGED} at which it can be asked")
    answer = b""
    with contextlib.suppress(OSError, ValueError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(peer, int(port))
            try:
                writer.write(_ASK)
                answer = await reader.readline()
            finally:
                writer.close()
    if answer.strip() != _ANSWER:
        raise Denied(f"it does not confirm at its port {port} that it asks")


def _found(root: Path, node: str, names: Iterable[str]) -> dict[str, str]:
    """Those of the credentials asked for that it may have and that there are."""
    found = {}
    for name in names:
        if (path := _place(root, node, name)) is None:
            log.warning(
                "node %s gets no %s: what is the cluster's is given by token only (nodetoken %s)",
                node,
                name[:_SHOWN],
                node,
            )
            continue
        try:
            found[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            log.warning("node %s gets no %s: %s", node, name, error)
    return found


def _place(root: Path, node: str, name: str) -> Path | None:
    """The file of a credential; None for one that is not given."""
    if name.partition(":")[0] == "ssh_root_pub_key":
        places = [root / "root/.ssh" / each for each in _PUBLIC_KEYS]
        return next((each for each in places if each.exists()), places[-1])
    if name in _HOST_KEYS and "/" not in node and node not in (".", ".."):
        own = root / "etc/xcat/hostkeys" / node / _HOST_KEYS[name]
        return own if own.exists() else root / "etc/xcat/hostkeys" / _HOST_KEYS[name]
    return None


def _text(asked: XmlRequest, name: str) -> str:
    return next((value.strip() for value in asked.extra.get(name, ()) if isinstance(value, str)), "")
