"""servicenode.conserver: the host holds the serial consoles of nodes, with conserver.

Callers must have a certificate of the cluster's authority and come from a management node or service node. No secret stands in the
configuration: a console is opened by a program, one a method, which is given the node's name.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.conserver.configuration import Consoles, Settings
from xcatd.services.conserver.consoles import Found, consoles
from xcatd.services.conserver.credentials import give, is_given, make_credentials
from xcatd.services.conserver.edit import Edit
from xcatd.services.conserver.greeting import greeting
from xcatd.services.conserver.layout import LAYOUTS, LOGS, PACKAGES, Layout
from xcatd.services.files import read_text
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Manager, Program
from xcatd.services.managers.words import telling
from xcatd.services.place import Place
from xcatd.services.ports import Port
from xcatd.services.programs import find_program, run_program
from xcatd.services.rotation import rotation
from xcatd.services.service import SECOND, YES, Outcome, Work
from xcatd.services.staging import staged
from xcatd.services.staticroutes import service_nodes

_COMES_UP = 8.0
"""Seconds for its greeting."""
_CONSOLE = re.compile(r"^\s*console\s", re.M)
_NONE = "No node has its console here (nodehm.cons, nodehm.conserver), and without one conserver does not run: it is left as it is"
_CREDENTIALS, _AUTHORITY = "etc/xcat/cert/server-cred.pem", "etc/xcat/cert/ca.pem"


class _Silent(ServiceError):
    """It takes connections, or not even that, and says nothing."""


class _Nothing(ServiceError):
    """There is no console, and conserver does not start without one."""


class ConsoleServer(FileService):
    name = "conserver"
    tables = ("nodehm", "noderes", "nodelist", "hosts")
    site_keys = ("consoleondemand", "master")
    second = True
    deed = "its credentials and the folder of its logs are made"

    def __init__(self, edit: Edit | None = None) -> None:
        self._edit = edit or Edit()

    def program(self, place: Place, value: str) -> Program:
        layout = _layout(place)
        words = ("conserver", "-m", "64", "-C", str(place.root / layout.conf), "-p", str(layout.port))
        return Program("conserver", (layout.unit, "conserver"), words, PACKAGES, account=_account(place))

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return (Port("tcp", _layout(place).port),)

    def names(self, place: Place) -> Collection[str]:
        return {name for name in (place.site("master"), place.above) if name and place.address(name) is None}

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        if value == SECOND:
            raise ServiceError(
                "servicenode.conserver is 2, which is goconserver, and that is not kept: set it to 1 for conserver"
            )
        root, layout = place.root, _layout(place)
        conf = root / layout.conf
        old = now(conf)
        settings = _settings(place, self._more(old))
        text = self._text(place, old, settings)
        if self._edit.is_everything and not _CONSOLE.search(text):
            raise _Nothing(_NONE)
        files = {conf: File(text, keeps=True)}
        authority = now(root / _AUTHORITY)
        if not authority:
            raise ServiceError(
                f"There is no {root / _AUTHORITY}, by which conserver knows its callers: set up this host's certificates"
            )
        if _account(place):
            files[settings.authority] = File(authority)
        if place.is_whole_host:
            files[Path("/etc/logrotate.d/xcat-consoles")] = File(rotation(f"{settings.logs}/*", layout.unit, "USR2"))
        return Rendered(files, restarts=settings.encryption() not in old)

    def found(self, place: Place) -> Found:
        """The consoles that are to be in the file anew."""
        nodes = place.world.nodes() if self._edit.nodes is None else self._edit.nodes
        return consoles(place, nodes, Path.exists, own=self._edit.own)

    async def check(self, place: Place, value: str, rendered: Rendered) -> None:
        program = _installed()
        path = place.root / _layout(place).conf
        async with staged(path, rendered.files[path].text or "") as new:
            status, said = await run_program([program, "-S", "-C", str(new)])
        if status:
            raise ServiceError(f"conserver refuses its new configuration: {telling(said).replace(new.name, path.name)}")

    async def holds(self, place: Place, value: str) -> bool:
        account = _account(place)
        return is_given(place.root / LOGS, account) and (not account or is_given(_own(place), account))

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        await asyncio.to_thread(_make, place)

    async def verify(self, place: Place, value: str) -> None:
        port = Port("tcp", _layout(place).port)
        said = await greeting("127.0.0.1", port.number, _COMES_UP)
        if said is None:
            raise _Silent(
                f"conserver does not answer at {port} of 127.0.0.1: {port.hint} shows who listens there, and "
                f"`journalctl -u {_layout(place).unit}` what conserver says"
            )
        if said != "ok":
            raise ServiceError(
                f"conserver answers {said!r} and not 'ok' at {port} of 127.0.0.1: {port.hint} shows who listens there"
            )

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        try:
            outcome = await super().reconcile(place, value, work)
        except _Nothing as error:
            _installed()
            outcome = Outcome(warnings=(str(error),), idle=True)
        except _Silent:  # conserver 8.2.7 may hang if a caller comes in while it reads its file again
            await work.manager.restart(self.program(place, value))
            outcome = await super().reconcile(place, value, work)
        if self._edit.delete or self._edit.cleanup:
            return outcome
        found = await asyncio.to_thread(self.found, place)
        return replace(outcome, warnings=(*outcome.warnings, *_warnings(found)))

    def _more(self, old: str) -> Sequence[str]:
        return Consoles.of(old).more if self._edit.trust is None else self._edit.trust

    def _text(self, place: Place, old: str, settings: Settings) -> str:
        there, edit = Consoles.of(old), self._edit
        if edit.cleanup:
            new = there.changed({}, [node for node in there.blocks if not place.world.has_node(node)])
        elif edit.delete:
            new = there.changed({}, edit.nodes or ())
        elif edit.nodes is None:
            new = Consoles(self.found(place).blocks, there.others)
        else:
            blocks = self.found(place).blocks
            new = there.changed(blocks, [node for node in edit.nodes if node not in blocks])
        return new.text(settings)


def consoles_in(place: Place) -> Collection[str]:
    """The nodes that this host's file has. It blocks. Raises ServiceError."""
    return Consoles.of(read_text(place.root / _layout(place).conf)).blocks.keys()


def _installed() -> str:
    """The program. Raises ServiceError."""
    found = find_program("conserver")
    if found is None:
        raise ServiceError(f"conserver is not installed: install the package {PACKAGES}")
    return found


def _layout(place: Place) -> Layout:
    return LAYOUTS[place.family]


def _account(place: Place) -> str:
    return _layout(place).account if place.is_whole_host else ""


def _own(place: Place) -> Path:
    return place.root / _layout(place).own


def _settings(place: Place, more: Sequence[str]) -> Settings:
    layout, root = _layout(place), place.root
    own = bool(_account(place))
    return Settings(
        credentials=_own(place) if own else root / _CREDENTIALS,
        authority=root / (layout.authority if own else _AUTHORITY),
        trusted=tuple(dict.fromkeys(_trusted(place))),
        more=more,
        logs=root / LOGS,
        on_demand=place.site("consoleondemand").strip().lower() in YES,
    )


def _trusted(place: Place) -> Iterator[str]:
    """Hosts of the cluster that callers may come from, as far as their addresses are known."""
    yield "127.0.0.1"
    yield from sorted(str(one) for one in place.addresses() if not one.is_loopback)
    masters = place.world.members("__mgmtnode") or ()
    for name in (place.site("master"), place.above, *masters, *sorted(service_nodes(place.world))):
        address = place.address(name) if name else None
        if address is not None:
            yield str(address)


def _make(place: Place) -> None:
    logs, account = place.root / LOGS, _account(place)
    try:
        logs.mkdir(mode=0o755, parents=True, exist_ok=True)
        logs.chmod(0o750)  # what is typed at consoles may be read there
    except OSError as error:
        raise ServiceError(f"The folder {logs} cannot be made: {(error.strerror or str(error)).lower()}") from error
    give(logs, account)
    if account:
        make_credentials(_own(place), place.name, account)


def _warnings(found: Found) -> Iterator[str]:
    yield from (f"{node}: {text}" for node, text in found.bad.items())
    yield from found.programless_methods()
