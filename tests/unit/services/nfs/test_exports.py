"""exports(5): what is written, and what a site has written."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest

from xcatd.services.nfs.exports import Shares, exported, exports_text, is_for_all

NETWORKS = (ip_network("10.0.0.0/16"), ip_network("fd05::/64"))


def lines(shares: Shares) -> list[str]:
    return [line for line in exports_text(shares).splitlines() if not line.startswith("#")]


def test_only_the_networks_may_mount() -> None:
    assert lines(Shares({"/install": "/install"}, NETWORKS)) == [
        "/install 10.0.0.0/16(rw,no_root_squash,sync,no_subtree_check) fd05::/64(rw,no_root_squash,sync,no_subtree_check)"
    ]


def test_clients_without_ports_of_root_s_are_let_in_when_there_are_some() -> None:
    (line,) = lines(Shares({"/install": "/install"}, NETWORKS[:1], insecure=True))
    assert line == "/install 10.0.0.0/16(rw,no_root_squash,sync,no_subtree_check,insecure)"


def test_a_file_system_in_memory_gets_a_number_that_stays() -> None:
    (line,) = lines(Shares({"/install": "/install"}, NETWORKS[:1], unnumbered=("/install",)))
    assert re.search(r",fsid=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)$", line)
    assert lines(Shares({"/install": "/install"}, NETWORKS[:1], unnumbered=("/install",))) == [line]
    (other,) = lines(Shares({"/install": "/srv"}, NETWORKS[:1], unnumbered=("/install",)))
    assert other.partition("fsid=")[2] != line.partition("fsid=")[2]


def test_what_is_written_is_what_is_read() -> None:
    text = exports_text(Shares({"/my files": "/my files#1"}, NETWORKS[:1]))
    assert dict(exported(text)) == {"/my files#1": ["10.0.0.0/16(rw,no_root_squash,sync,no_subtree_check)"]}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "/install *(rw,no_root_squash,sync,no_subtree_check,insecure)",
            {"/install": ["*(rw,no_root_squash,sync,no_subtree_check,insecure)"]},
        ),
        ('"/my files" -ro @rack1 n[0-9]', {"/my files": ["-ro", "@rack1", "n[0-9]"]}),
        ("/my\\040files  10.0.0.1(rw)  # of mine", {"/my files": ["10.0.0.1(rw)"]}),
        ("/a b(ro) \\\n c(rw)", {"/a": ["b(ro)", "c(rw)"]}),
        ("# /install *(rw)", {}),
        ("", {}),
        ('"/no end', {}),
    ],
)
def test_lines_of_a_site(line: str, found: dict[str, list[str]]) -> None:
    assert {path: list(clients) for path, clients in exported(line).items()} == found


@pytest.mark.parametrize(
    ("clients", "answer"),
    [
        (["*(rw)"], True),
        (["(rw)"], True),
        ([], True),
        (["-ro"], True),
        (["10.0.0.0/8(rw)", "*"], True),
        (["n*(rw)"], False),
        (["@all"], False),
    ],
)
def test_who_exports_to_everybody(clients: list[str], answer: bool) -> None:
    assert is_for_all(clients) is answer
