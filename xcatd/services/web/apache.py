"""Apache's httpd 2.4: a file of ours among its own. Directives: its manual, mod_alias, mod_authz_host, core."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.distribution import Family
from xcatd.services.files import replace_text
from xcatd.services.fileservice import File
from xcatd.services.managers import Program
from xcatd.services.programs import find_program, run_program
from xcatd.services.web.site import Site

PACKAGES = "apache2 (Debian, Ubuntu, SLES) or httpd (RHEL)"
_WITHOUT_NAME = "AH00558"
"""A warning that a host has no full name, which is no trouble."""
_BASE = ("mpm_event", "authz_core", "authz_host", "alias", "dir", "autoindex", "mime")
"""Modules that a server needs that has nothing but our file; `unixd` is built in on Debian."""


@dataclass(frozen=True, slots=True)
class _Distribution:
    """`unit` is also what the program is called. `listens` is the file that says the ports, `ours` what we write, `checkers` are
    programs that check all files; `modules` is a folder, `account` whose the server is."""

    unit: str
    listens: str
    ours: str
    checkers: tuple[str, ...]
    modules: str
    account: str


_DISTRIBUTIONS = {
    Family.DEBIAN: _Distribution(
        "apache2", "etc/apache2/ports.conf", "etc/apache2/conf-enabled/xcat.conf", ("apache2ctl",),
        "/usr/lib/apache2/modules", "www-data",
    ),
    Family.REDHAT: _Distribution(
        "httpd", "etc/httpd/conf/httpd.conf", "etc/httpd/conf.d/xcat.conf", ("httpd",), "/usr/lib64/httpd/modules", "apache"
    ),
    Family.SUSE: _Distribution(
        "apache2", "etc/apache2/listen.conf", "etc/apache2/conf.d/xcat.conf", ("apache2ctl", "apachectl"),
        "/usr/lib64/apache2", "wwwrun",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Apache:
    family: Family
    root: Path

    @property
    def program(self) -> Program:
        unit = self._host.unit
        words = ("httpd" if self.family is not Family.DEBIAN else unit, "-DFOREGROUND", "-f", str(self._alone))
        return Program("apache", (unit,), words, PACKAGES)

    @property
    def _host(self) -> _Distribution:
        return _DISTRIBUTIONS[self.family]

    @property
    def _alone(self) -> Path:
        """The main file of a server below a root, where there is no distribution."""
        return self.root / "etc/apache-xcat.conf"

    @property
    def main_path(self) -> Path:
        return self.root / self._host.listens

    def files(self, site: Site, main: str) -> Mapping[Path, File]:
        if site.is_whole_host:
            return {self.root / self._host.ours: File(directives(site, main))}
        return {self._alone: File(self._main()), self.root / self._host.ours: File(directives(site, ""))}

    async def check(self, site: Site, files: Mapping[Path, File]) -> None:
        names = self._host.checkers if site.is_whole_host else self.program.words[:1]
        program = next(filter(None, map(find_program, names)), None)
        if program is None:
            raise ServiceError(f"apache is not installed: install the package {PACKAGES}")
        with tempfile.TemporaryDirectory(prefix="xcatd-apache-") as folder:
            words = await asyncio.to_thread(self._trial, Path(folder), files)
            status, said = await run_program([program, "-t", *words])
        if status:
            reason = _reason(said, folder, str((self.root / self._host.ours).parent)) or f"exit status {status}"
            raise ServiceError(f"apache refuses its configuration: {reason} (`{Path(program).name} -t` tells more)")

    def _trial(self, folder: Path, files: Mapping[Path, File]) -> Sequence[str]:
        """Options with which the checker sees the new file: behind all others, or all there is."""
        ours, new = self.root / self._host.ours, folder / "xcat.conf"
        replace_text(new, files[ours].text or "")
        if self._alone not in files:
            return "-c", f"Include {new}"
        replace_text(folder / "main.conf", (files[self._alone].text or "").replace(f"Include {ours}", f"Include {new}"))
        return "-f", str(folder / "main.conf")

    def _main(self) -> str:
        host, modules = self._host, self._host.modules
        loads = "".join(f"LoadModule {name}_module {modules}/mod_{name}.so\n" for name in _BASE)
        return (
            f"# Written by xcatd.\nServerRoot {self.root}\nServerName localhost\nDefaultRuntimeDir {self.root}/run\n"
            f"PidFile {self.root}/run/apache.pid\nErrorLog {self.root}/var/log/apache-error.log\n{loads}"
            f"<IfModule !unixd_module>\nLoadModule unixd_module {modules}/mod_unixd.so\n</IfModule>\n"
            f"User {host.account}\nGroup {host.account}\nTypesConfig /etc/mime.types\n"
            "<Directory />\n    Require all denied\n</Directory>\n"
            f"Include {self.root / host.ours}\n"
        )


def _reason(said: Sequence[str], trial: str, real: str) -> str:
    """The first trouble, which may take two lines. `real` is what `trial` stands for."""
    lines = [line.replace(trial, real) for line in said if _WITHOUT_NAME not in line]
    return " ".join(lines[: 2 if lines and lines[0].endswith(":") else 1])


def directives(site: Site, ports: str) -> str:
    """Pure. `ports`: the distribution's file that may say already that the server listens there."""
    networks = " ".join(str(network) for network in site.networks)
    lines = ["# Written by xcatd: what the nodes of the cluster read. Changes go into files of their own."]
    if not _listens(ports, site.port):
        lines.append(f"Listen {site.port}")
    lines += [f'Alias "{path}" "{folder}"' for path, folder in _longest_first(site.folders)]
    for folder in sorted(set(site.folders.values())):
        lines += [
            f'<Directory "{folder}">',
            "    # A symbolic link is followed to what belongs to its owner.",
            "    Options Indexes SymLinksIfOwnerMatch",
            "    IndexOptions NameWidth=*",
            "    AllowOverride None",
            "    Require local",
            *([f"    Require ip {networks}"] if networks else []),
            "</Directory>",
        ]
    return "\n".join((*lines, ""))


def _longest_first(folders: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """The first alias that fits counts (mod_alias)."""
    yield from sorted(folders.items(), key=lambda each: (-len(each[0]), each[0]))


def _listens(text: str, port: int) -> bool:
    return re.search(rf"^\s*Listen\s+(?:\S+:)?{port}\b", text, re.MULTILINE | re.IGNORECASE) is not None
