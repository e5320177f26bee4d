"""nginx: a file of ours among its own. Directives: nginx.org, modules core, access, autoindex (1.18 and later)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.distribution import Family
from xcatd.services.files import read_text
from xcatd.services.fileservice import File
from xcatd.services.managers import Program
from xcatd.services.programs import find_program, run_program
from xcatd.services.staging import staged
from xcatd.services.web.site import Site

_MAIN, _OURS = "etc/nginx/nginx.conf", "etc/nginx/conf.d/xcat.conf"
_INCLUDE = "include {}/etc/nginx/conf.d/*.conf;"
PACKAGES = "nginx, or apache2 (Debian, Ubuntu, SLES) or httpd (RHEL)"
_REASON = re.compile(r"\[emerg\] (?:\d+#\d+: )?(.+)")
"""In its own words. Process and thread stand before them once it has read where its log is."""
_BINDS = "bind() to "
"""It has read all its files and tries the ports: of no concern here, and not allowed to who checks."""
_AT_ONCE = 4096
"""Connections of one worker: a rack that boots reads its images for minutes, and nginx's own 512 would send nodes away."""
_ACCOUNTS = {Family.DEBIAN: "www-data", Family.REDHAT: "nginx", Family.SUSE: "nginx"}


@dataclass(frozen=True, slots=True)
class Nginx:
    family: Family
    root: Path

    @property
    def program(self) -> Program:
        words = ("nginx", "-p", str(self.root), "-c", str(self.root / _MAIN), "-g", "daemon off;")
        return Program("nginx", ("nginx",), words, PACKAGES)

    @property
    def main_path(self) -> Path:
        return self.root / _MAIN

    def files(self, site: Site, main: str) -> Mapping[Path, File]:
        """On a whole host only our own file; below a root the main one too, for there is no distribution there."""
        ours = {self.root / _OURS: File(server_block(site))}
        return ours if site.is_whole_host else {self.root / _MAIN: File(self._main()), **ours}

    async def check(self, site: Site, files: Mapping[Path, File]) -> None:
        program = find_program("nginx")
        if program is None:
            raise ServiceError(f"nginx is not installed: install the package {PACKAGES}")
        async with self._staged(files) as (main, names):
            # Below a root there is no folder that it could take for its own; elsewhere its packager has said which one is.
            prefix = () if self.root == Path("/") else ("-p", str(self.root))
            status, said = await run_program([program, "-t", "-q", *prefix, "-c", str(main)])
        reason = next((found[1] for line in said if (found := _REASON.search(line))), f"exit status {status}")
        if status and not reason.startswith(_BINDS):
            for new, real in names.items():
                reason = reason.replace(new, real)
            raise ServiceError(f"nginx refuses its configuration: {reason} (`nginx -t` tells more)")

    @contextlib.asynccontextmanager
    async def _staged(self, files: Mapping[Path, File]) -> AsyncIterator[tuple[Path, Mapping[str, str]]]:
        """The new files beside the old ones, so that the checker sees them among all others. Gives the main file, and what the
        names of the new files stand for."""
        main, ours = self.root / _MAIN, self.root / _OURS
        text = files[main].text if main in files else await asyncio.to_thread(read_text, main)
        include = _INCLUDE.format("" if self.root == Path("/") else self.root)
        async with staged(ours, files[ours].text or "") as new:
            whole = (text or "").replace(include, f"include {new};\n{include}")
            async with staged(main, whole) as new_main:
                yield new_main, {new.name: ours.name, new_main.name: main.name}

    def _main(self) -> str:
        temporary = "".join(
            f"    {name}_temp_path {self.root}/var/lib/nginx-{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return (
            f"# Written by xcatd.\nuser {_ACCOUNTS[self.family]};\nworker_processes auto;\n"
            f"worker_rlimit_nofile {2 * _AT_ONCE};\npid {self.root}/run/nginx.pid;\n"
            f"error_log {self.root}/var/log/nginx-error.log;\nevents {{ worker_connections {_AT_ONCE}; }}\nhttp {{\n"
            f"    include /etc/nginx/mime.types;\n    default_type application/octet-stream;\n    sendfile on;\n"
            f"    access_log {self.root}/var/log/nginx-access.log;\n{temporary}    {_INCLUDE.format(self.root)}\n}}\n"
        )


def server_block(site: Site) -> str:
    """Pure. It answers under any name that no other server block has for itself: nodes use addresses and many names."""
    listens = [f"    listen {site.port};", *([f"    listen [::]:{site.port};"] if site.has_ipv6 else [])]
    allowed = [f"    allow {network};" for network in ("127.0.0.0/8", "::1", *site.networks)]
    locations = [line for path, folder in site.folders.items() for line in _location(path, folder)]
    return "\n".join(
        (
            "# Written by xcatd: what the nodes of the cluster read. Changes go into files of their own.",
            "server {",
            *listens,
            '    server_name "" ~^.;',
            "    autoindex on;",
            "    # A symbolic link is followed to what belongs to its owner.",
            "    disable_symlinks if_not_owner from=$document_root;",
            *allowed,
            "    deny all;",
            "    location / { return 404; }",
            *locations,
            "}",
            "",
        )
    )


def _location(path: str, folder: Path) -> Iterator[str]:
    yield f"    location {path}/ {{ alias {folder}/; }}"
    yield f"    location = {path} {{ return 301 {path}/; }}"
