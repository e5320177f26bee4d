"""servicenode.ntpserver: the host gives its networks the time, with chrony.

A management node asks the servers in site.extntpservers, and goes by its own clock while none of them answers. A service node asks
those above it, and while it does not know the time it says so: nodes must not follow a clock that nobody has set.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.files import read_text
from xcatd.services.fileservice import File, FileService, Read, Rendered
from xcatd.services.managers import Manager, Program
from xcatd.services.managers.words import telling
from xcatd.services.ntp.chrony import LAYOUTS, Layout, Settings, dropin, may_set_clock, rendered
from xcatd.services.ntp.query import PORT, ask
from xcatd.services.place import Place
from xcatd.services.ports import Port
from xcatd.services.programs import comes_true, find_program, has_systemd, run_program
from xcatd.services.service import Outcome, Work
from xcatd.services.staging import staged
from xcatd.services.upstream import host_names, names_upstream, upstream

_COMES_UP, _LEARNS = 5.0, 12.0
"""Seconds for its first answer, and for its first time: it asks four times, every two seconds (iburst)."""
_FIRST_PROCESS = Path("/proc/1/status")
"""Whose rights are the host's; this daemon has fewer."""
_DATE = re.compile(r"^[0-9T:-]+Z ")
_UNITS = Path("/run/systemd/system")


class NtpServer(FileService):
    name = "ntpserver"
    tables = ("networks", "noderes", "hosts")
    site_keys = ("extntpservers", "ntpservers", "master")
    deed = "systemd is told that chrony leaves the clock of this container alone"

    def program(self, place: Place, value: str) -> Program:
        words = ["chronyd", "-d", "-f", str(_conf(place))]
        words += [] if _has_clock(place, read_text) else ["-x"]
        words += [] if place.is_whole_host else ["-u", "root"]
        return Program("chrony", ("chrony", "chronyd"), tuple(words), "chrony", reloads=None)

    def serving(self, place: Place, value: str) -> Sequence[Program]:
        """None: it keeps this host's clock, too."""
        return ()

    def ports(self, place: Place, value: str) -> Sequence[Port]:
        return (Port("udp", PORT),)

    def names(self, place: Place) -> Collection[str]:
        return () if place.is_master else names_upstream(place, "ntpservers")

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        layout, root = _layout(place), place.root
        settings = Settings(
            servers=_servers(place),
            local=place.is_master,
            allowed=place.cluster_networks(),
            has_clock=_has_clock(place, now),
            drift=root / layout.drift,
            more=layout.more if place.is_whole_host else (),
            below=None if place.is_whole_host else root,
        )
        files = {_conf(place): File(rendered(settings), keeps=True)}
        if _needs_dropin(place, now):
            files[_dropin(place)] = File(dropin(layout.options))
        folders = () if place.is_whole_host else ((root / layout.drift).parent, root / "run/chrony")
        return Rendered(files, folders)

    async def check(self, place: Place, value: str, rendered: Rendered) -> None:
        program = find_program("chronyd")
        if program is None:
            raise ServiceError("chrony is not installed: install the package chrony")
        path = _conf(place)
        async with staged(path, rendered.files[path].text or "") as new:
            status, said = await run_program([program, "-p", "-f", str(new)])
        if status:
            reason = _DATE.sub("", telling(said)).replace(new.name, path.name)
            raise ServiceError(f"chrony refuses its new configuration: {reason}")

    async def holds(self, place: Place, value: str) -> bool:
        return _dropin(place).exists() or not _needs_dropin(place, read_text)

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        await manager.reload_units()

    async def verify(self, place: Place, value: str) -> None:
        if await ask("127.0.0.1", _COMES_UP) is None:
            raise ServiceError(
                f"chrony does not answer at UDP port {PORT} of 127.0.0.1: {Port('udp', PORT).hint} shows who listens there, and a "
                "file that its configuration includes may deny it"
            )

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        outcome = await super().reconcile(place, value, work)
        if work.dry_run:
            return outcome
        if await _has_time() or (outcome.changed and await comes_true(_has_time, _LEARNS)):
            return outcome
        asked = ", ".join(_servers(place)) or "its own clock"
        return replace(outcome, warnings=(f"chrony does not have the time yet from {asked}: see `chronyc sources`",))


async def _has_time() -> bool:
    answer = await ask("127.0.0.1", _COMES_UP)
    return answer is not None and answer.synchronised


def _servers(place: Place) -> Sequence[str]:
    if place.is_master:
        return host_names(place.site("extntpservers"), "site.extntpservers")
    found = upstream(place, "ntpservers")
    if not found:
        raise ServiceError(
            "Nobody is known whom this service node can ask for the time: set site.master or site.ntpservers"
        )
    return found


def _layout(place: Place) -> Layout:
    return LAYOUTS[place.family]


def _conf(place: Place) -> Path:
    return place.root / _layout(place).conf


def _has_clock(place: Place, now: Read) -> bool:
    """Whether the clock is this host's to set: it is not, below a root and in most containers."""
    return place.is_whole_host and may_set_clock(now(_FIRST_PROCESS))


def _needs_dropin(place: Place, now: Read) -> bool:
    return place.is_whole_host and has_systemd() and not _has_clock(place, now)


def _dropin(place: Place) -> Path:
    """It goes with the next start of the host, as does the container."""
    return _UNITS / f"{_layout(place).unit}.service.d/xcat-clock.conf"
