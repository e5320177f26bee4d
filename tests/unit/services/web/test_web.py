"""What HTTP servers are told."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.distribution import Family
from xcatd.services.fileservice import File
from xcatd.services.web.apache import Apache, directives
from xcatd.services.web.nginx import Nginx, server_block
from xcatd.services.web.site import Site, site_of

ROOT = Path("/")
SITE = Site(
    port=80,
    folders={"/install": Path("/install"), "/tftpboot": Path("/tftpboot")},
    networks=(ip_network("10.0.0.0/16"), ip_network("fd00::/64")),
    has_ipv6=True,
    root=ROOT,
)


def test_nginx_gives_out_two_folders_to_the_cluster() -> None:
    assert server_block(SITE) == (
        "# Written by xcatd: what the nodes of the cluster read. Changes go into files of their own.\n"
        "server {\n"
        "    listen 80;\n"
        "    listen [::]:80;\n"
        '    server_name "" ~^.;\n'
        "    autoindex on;\n"
        "    # A symbolic link is followed to what belongs to its owner.\n"
        "    disable_symlinks if_not_owner from=$document_root;\n"
        "    allow 127.0.0.0/8;\n"
        "    allow ::1;\n"
        "    allow 10.0.0.0/16;\n"
        "    allow fd00::/64;\n"
        "    deny all;\n"
        "    location / { return 404; }\n"
        "    location /install/ { alias /install/; }\n"
        "    location = /install { return 301 /install/; }\n"
        "    location /tftpboot/ { alias /tftpboot/; }\n"
        "    location = /tftpboot { return 301 /tftpboot/; }\n"
        "}\n"
    )


def test_apache_gives_out_two_folders_to_the_cluster() -> None:
    assert directives(SITE, "Listen 80\n") == (
        "# Written by xcatd: what the nodes of the cluster read. Changes go into files of their own.\n"
        'Alias "/tftpboot" "/tftpboot"\n'
        'Alias "/install" "/install"\n'
        '<Directory "/install">\n'
        "    # A symbolic link is followed to what belongs to its owner.\n"
        "    Options Indexes SymLinksIfOwnerMatch\n"
        "    IndexOptions NameWidth=*\n"
        "    AllowOverride None\n"
        "    Require local\n"
        "    Require ip 10.0.0.0/16 fd00::/64\n"
        "</Directory>\n"
        '<Directory "/tftpboot">\n'
        "    # A symbolic link is followed to what belongs to its owner.\n"
        "    Options Indexes SymLinksIfOwnerMatch\n"
        "    IndexOptions NameWidth=*\n"
        "    AllowOverride None\n"
        "    Require local\n"
        "    Require ip 10.0.0.0/16 fd00::/64\n"
        "</Directory>\n"
    )


@pytest.mark.parametrize(
    ("server", "path", "text", "sentence"),
    [
        (
            Nginx,
            "etc/nginx/conf.d/xcat.conf",
            "nonsense on;\n",
            'nginx refuses its configuration: unknown directive "nonsense" in',
        ),
        (Apache, "etc/apache2/conf-enabled/xcat.conf", "Nonsense on\n", "xcat.conf: Invalid command 'Nonsense'"),
    ],
)
async def test_their_own_checkers_judge(
    tmp_path: Path, server: type[Nginx] | type[Apache], path: str, text: str, sentence: str
) -> None:
    one, site = server(Family.DEBIAN, tmp_path), replace(SITE, root=tmp_path)
    for folder in ("run", "var/log", "var/lib"):
        (tmp_path / folder).mkdir(parents=True)
    good = one.files(site, "")
    await one.check(site, good)
    with pytest.raises(ServiceError) as caught:
        await one.check(site, {**good, tmp_path / path: File(text)})
    assert sentence in str(caught.value)
    assert [each for each in tmp_path.rglob("*.conf*") if each.is_file()] == []


@pytest.mark.parametrize(
    ("ports", "listens"),
    [
        ("Listen 80\n", True),
        ("  listen 0.0.0.0:80\n", True),
        ("Listen [::]:80 http\n", True),
        ("#Listen 80\n", False),
        ("Listen 8080\n", False),
        ("", False),
    ],
)
def test_apache_listens_where_it_does_not_yet(ports: str, listens: bool) -> None:
    assert ("Listen 80\n" not in directives(SITE, ports)) is listens


@pytest.mark.parametrize(
    ("family", "unit", "ours", "ports"),
    [
        (Family.DEBIAN, "apache2", "/etc/apache2/conf-enabled/xcat.conf", "/etc/apache2/ports.conf"),
        (Family.REDHAT, "httpd", "/etc/httpd/conf.d/xcat.conf", "/etc/httpd/conf/httpd.conf"),
        (Family.SUSE, "apache2", "/etc/apache2/conf.d/xcat.conf", "/etc/apache2/listen.conf"),
    ],
)
def test_apache_by_distribution(family: Family, unit: str, ours: str, ports: str) -> None:
    server = Apache(family, ROOT)
    assert server.program.units == (unit,)
    assert list(server.files(SITE, "")) == [Path(ours)]
    assert server.main_path == Path(ports)


def test_on_a_whole_host_nginx_keeps_its_own_file() -> None:
    assert list(Nginx(Family.DEBIAN, ROOT).files(SITE, "")) == [Path("/etc/nginx/conf.d/xcat.conf")]


def test_other_folders_have_their_own_paths_too() -> None:
    rows = [{"key": "installdir", "value": "/export/install/"}, {"key": "tftpdir", "value": "/tftpboot"}]
    assert site_of(place(site=rows)).folders == {
        "/install": Path("/export/install"),
        "/tftpboot": Path("/tftpboot"),
        "/export/install": Path("/export/install"),
    }


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("httpport", "http", r"site\.httpport is 'http': set it to a port number, or remove it for 80"),
        ("httpport", "65536", r"site\.httpport is '65536'"),
        ("installdir", "/a; }", r"site\.installdir is '/a; }': use a path of"),
        ("tftpdir", "relative", r"site\.tftpdir is 'relative': use a path of"),
    ],
)
def test_what_cannot_be_meant_is_refused(key: str, value: str, sentence: str) -> None:
    with pytest.raises(ServiceError, match=sentence):
        site_of(place(site=[{"key": key, "value": value}]))
