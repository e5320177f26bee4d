"""Which HTTP server a host has: nginx or Apache's httpd."""

from __future__ import annotations

from pathlib import Path

from xcatd.services.place import Place
from xcatd.services.programs import find_program
from xcatd.services.web.apache import Apache
from xcatd.services.web.nginx import Nginx
from xcatd.services.web.site import WebServer

_WANTS = "etc/systemd/system/multi-user.target.wants"
"""Links to units that start with the host (systemctl(1), enable)."""
_NGINX = (f"{_WANTS}/nginx.service", "run/nginx.pid")
_APACHE = (
    f"{_WANTS}/apache2.service",
    f"{_WANTS}/httpd.service",
    "run/apache2/apache2.pid",
    "run/httpd/httpd.pid",
    "run/httpd.pid",
)


def server_of(place: Place) -> WebServer:
    """The one that is installed. Of two the one that starts with the host or runs, as its links and files say; else nginx, which is
    also the one that people are asked to install."""
    has_nginx = find_program("nginx") is not None
    has_apache = any(find_program(name) for name in ("apache2", "httpd"))
    if has_apache and (not has_nginx or _is_at_home(place.root, *_APACHE) > _is_at_home(place.root, *_NGINX)):
        return Apache(place.family, place.root)
    return Nginx(place.family, place.root)


def _is_at_home(root: Path, *signs: str) -> int:
    """How many signs there are that a server is the one of this host."""
    return sum((root / sign).is_symlink() or (root / sign).exists() for sign in signs)
