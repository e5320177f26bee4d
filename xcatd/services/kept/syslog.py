"""The messages of nodes: rsyslog takes them on a service node and sends them on to the management node, which keeps them.

It has no column: a host with a row in table servicenode keeps it once site.svloglocal is set, to 0 (service nodes send on) or 1
(they keep the messages themselves). Without that key the host's rsyslog is left as its administrator, or xCAT 2, has set it up.
"""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import secrets
import shutil
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.files import read_text, replace_text
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Manager, Program
from xcatd.services.managers.words import telling
from xcatd.services.place import Place
from xcatd.services.ports import Port
from xcatd.services.programs import find_program, run_program
from xcatd.services.rotation import rotation
from xcatd.services.service import ALONE, NO, ON, YES, Outcome, Work
from xcatd.services.syslog.probe import is_reached, takes_messages
from xcatd.services.syslog.rsyslog import PORT, Settings, accounts, listening_line, main_file, rendered
from xcatd.services.upstream import names_upstream, upstream

_COMES_UP, _ANSWERS = 8.0, 3.0
"""Seconds for the first message, and for the host above."""
_FOLDER, _MAIN, _SPOOL = "etc/rsyslog.d", "etc/rsyslog.conf", "var/spool/rsyslog"


class Syslog(FileService):
    name = "syslog"
    tables = ("networks", "noderes", "hosts")
    site_keys = ("svloglocal", "logservers", "master")
    deed = "the files for messages are made"

    def wanted(self, place: Place) -> str:
        word = place.site("svloglocal").strip().lower()
        if not word or not place.node or not place.world.row(place.node, "servicenode"):
            return ALONE
        if word not in YES | NO:
            raise ServiceError(f"site.svloglocal is {word!r}: set it to 1 or 0")
        return ON

    def program(self, place: Place, value: str) -> Program:
        pid = place.root / "run/rsyslogd.pid"
        words = ("rsyslogd", "-n", "-f", str(place.root / _MAIN), "-i", str(pid))
        return Program("rsyslog", ("rsyslog",), words, "rsyslog", reloads=None)

    def serving(self, place: Place, value: str) -> Sequence[Program]:
        """None: it takes this host's messages, too."""
        return ()

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return Port("udp", PORT), Port("tcp", PORT)

    def names(self, place: Place) -> Collection[str]:
        return () if _keeps(place) else names_upstream(place, "logservers")

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        main = place.root / _MAIN
        line = listening_line(now(main))
        if line:
            raise ServiceError(
                f"{main} has rsyslog listen to the network itself (line {line}): put a # before that line"
            )
        kept, probe = _files(place)
        settings = Settings(place.cluster_networks(), _above(place), kept, probe)
        files = {place.root / _FOLDER / "xcat.conf": File(rendered(settings))}
        if not now(main):
            files[main] = File(main_file(place.root))
        if place.is_whole_host and _keeps(place):
            files[Path("/etc/logrotate.d/xcat-computes")] = File(rotation(str(kept), "rsyslog", "HUP"))
        return Rendered(files, (kept.parent, place.root / _SPOOL, place.root / "run"))

    async def check(self, place: Place, value: str, rendered: Rendered) -> None:
        program = find_program("rsyslogd")
        if program is None:
            raise ServiceError("rsyslog is not installed: install the package rsyslog")
        status, said = await _looked_at(program, place, rendered)
        if status:
            raise ServiceError(f"rsyslog refuses its new configuration: {telling(said)}")

    async def holds(self, place: Place, value: str) -> bool:
        return all(path.exists() for path in _files(place))

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        await asyncio.to_thread(_make_files, place)

    async def verify(self, place: Place, value: str) -> None:
        _, probe = _files(place)
        if not await takes_messages(probe, _COMES_UP):
            raise ServiceError(
                f"rsyslog does not take a message that was sent to UDP port {PORT} of 127.0.0.1: {Port('udp', PORT).hint} shows "
                "who listens there, and `journalctl -u rsyslog` what rsyslog says"
            )

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        outcome = await super().reconcile(place, value, work)
        above = _above(place)
        if work.dry_run or not above or await is_reached(above[0], _ANSWERS):
            return outcome
        text = (
            f"{above[0]} does not take messages at TCP port {PORT}, and they wait here: give the management node a row in table "
            "servicenode, or see its firewall"
        )
        return replace(outcome, warnings=(text,))


def _keeps(place: Place) -> bool:
    """Whether messages end here."""
    return place.is_master or place.site("svloglocal").strip().lower() in YES


def _above(place: Place) -> Sequence[str]:
    if _keeps(place):
        return ()
    found = upstream(place, "logservers")
    if not found:
        raise ServiceError(
            "Nobody is known to whom this service node can send messages: set site.master or site.logservers"
        )
    return found


def _files(place: Place) -> tuple[Path, Path]:
    """For the messages of other hosts, and for test messages."""
    folder = place.root / "var/log/xcat"
    return folder / "computes.log", folder / "syslog.probe"


def _make_files(place: Place) -> None:
    """rsyslog could not make them itself where it gives up root. Raises ServiceError."""
    user, group = accounts(read_text(place.root / _MAIN))
    for path in _files(place):
        try:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            path.touch()
            path.chmod(0o640)
            if user:
                os.chown(path, pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid if group else -1)
        except (OSError, KeyError) as error:
            raise ServiceError(f"{path} cannot be made for rsyslog: {error}") from error


async def _looked_at(program: str, place: Place, rendered: Rendered) -> tuple[int, Sequence[str]]:
    """What rsyslogd says of its whole configuration with our file in place of the old one. The copy that it looks at is in the
    only folder where it may read on some hosts."""
    copy = place.root / _FOLDER / f".xcat-{secrets.token_hex(4)}"
    try:
        main = await asyncio.to_thread(_copy, copy, place, rendered)
        return await run_program([program, "-N1", "-f", str(main)])
    finally:
        await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)


def _copy(copy: Path, place: Place, rendered: Rendered) -> Path:
    """Gives the main file. Raises ServiceError."""
    folder, main = place.root / _FOLDER, place.root / _MAIN
    texts = {path.name: read_text(path) for path in folder.glob("*.conf")}
    texts |= {path.name: file.text or "" for path, file in rendered.files.items() if path.parent == folder}
    whole = rendered.files[main].text or "" if main in rendered.files else read_text(main)
    texts["main"] = whole.replace(f"{folder}/", f"{copy}/")
    try:
        copy.mkdir(mode=0o700, parents=True)
        (place.root / _SPOOL).mkdir(mode=0o755, parents=True, exist_ok=True)  # else it complains
    except OSError as error:
        raise ServiceError(f"{folder} cannot be written: {(error.strerror or str(error)).lower()}") from error
    for name, text in texts.items():
        replace_text(copy / name, text)
    return copy / "main"
