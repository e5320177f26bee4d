"""The files of NFS-Ganesha."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import PurePath

from xcatd.services.nfs.exports import Shares
from xcatd.services.nfs.ganesha import exported, ganesha_text, with_include

SHARES = Shares(
    {"/install": "/srv/install", "/tftpboot": "/srv/tftpboot"}, (ip_network("10.0.0.0/16"), ip_network("fd05::/64"))
)
OURS = PurePath("/etc/ganesha/xcat.conf")
INCLUDE = '# xcatd keeps the next line: servicenode.nfsserver\n%include "/etc/ganesha/xcat.conf"\n'


def test_the_networks_may_read_and_write_and_nobody_else_anything() -> None:
    text = ganesha_text(SHARES)
    assert text.count("Access_Type = None;") == 2
    assert text.count("CLIENT { Clients = 10.0.0.0/16, fd05::/64; Access_Type = RW; }") == 2
    assert text.count("PrivilegedPort = true;") == 2
    assert list(exported(text)) == ["/srv/install", "/srv/tftpboot"]


def test_a_folder_keeps_its_number_whatever_else_is_exported() -> None:
    both = re.findall(r"Export_Id = (\d+);\n  Path = \"(.*)\"", ganesha_text(SHARES))
    one = re.findall(
        r"Export_Id = (\d+);\n  Path = \"(.*)\"", ganesha_text(Shares({"/t": "/srv/tftpboot"}, SHARES.networks))
    )
    assert one == both[1:]
    assert len({number for number, _ in both}) == 2
    assert all(30_000 <= int(number) < 60_000 for number, _ in both)


def test_clients_on_any_port_and_a_place_for_the_state() -> None:
    text = ganesha_text(Shares(SHARES.folders, SHARES.networks, insecure=True), PurePath("/r/state"))
    assert text.count("PrivilegedPort = false;") == 2
    assert 'NFSV4 { Only_Numeric_Owners = true; RecoveryRoot = "/r/state"; }\n' in text


def test_the_main_file_is_kept_and_gets_one_line() -> None:
    once = with_include("NFSV4 { Graceless = true; }", OURS)
    assert once == f"NFSV4 {{ Graceless = true; }}\n{INCLUDE}"
    assert with_include(once, OURS) == once
    assert with_include("", OURS) == INCLUDE
    assert with_include(once + "LOG {}\n", PurePath("/other")) == once.replace(INCLUDE, "LOG {}\n") + INCLUDE.replace(
        str(OURS), "/other"
    )


def test_what_a_site_exports() -> None:
    text = 'EXPORT { Export_Id = 1; path=/install; }\n# Path = /no;\nEXPORT { Pseudo = "/x"; Path = "/my files"; }\n'
    assert list(exported(text)) == ["/install", "/my files"]
