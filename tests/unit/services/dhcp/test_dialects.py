"""How the two servers' files look; the servers' own programs read them too."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.unit.services.dhcp.dialects import (
    DIALECTS,
    KEA,
    KEA_V6,
    RESERVATIONS,
    SERVED,
    SERVED_V6,
    document,
    served_by,
)
from xcatd.services.dhcp.document import without
from xcatd.services.dhcp.isc import Isc, interfaces_of, with_variable
from xcatd.services.dhcp.kea import Kea, tag_of
from xcatd.services.dhcp.subnets import Served, Subnet

GOLDEN = Path(__file__).parent / "golden"
FILES = ("kea-dhcp4.conf", "dhcpd.conf", "kea-dhcp6.conf", "dhcpd6.conf")

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=FILES)


@pytest.mark.parametrize(("dialect", "name"), list(zip(DIALECTS, FILES, strict=True)), ids=FILES)
def test_the_file(dialect: Kea | Isc, name: str) -> None:
    assert dialect.text(document(dialect)) == (GOLDEN / name).read_text()


@each_dialect
def test_what_is_read_is_what_was_written(dialect: Kea | Isc) -> None:
    whole = document(dialect)
    read = dialect.parse(dialect.text(whole))
    assert read is not None
    assert (read.head, read.networks, read.ranges) == (whole.head, whole.networks, whole.ranges)
    assert {node: set(some) for node, some in read.entries.items()} == {
        node: set(some) for node, some in whole.entries.items()
    }
    assert dialect.text(read) == dialect.text(whole)
    fresh = dialect.fresh(served_by(dialect))
    assert dialect.parse(dialect.text(fresh)) == fresh


@each_dialect
def test_a_node_is_a_line(dialect: Kea | Isc) -> None:
    whole = document(dialect)
    more, less = (_lines(dialect.text(one)) for one in (whole, without(whole, ["n2"])))
    assert len(more) - len(less) in (0, 1)
    assert len(set(more) - set(less)) == 1


def _lines(text: str) -> list[str]:
    """Without Kea's digest of the others."""
    return [line for line in text.splitlines() if "server-tag" not in line]


def test_keas_tag_tells_configurations_apart() -> None:
    whole = document(KEA)
    tags = [tag_of(KEA.text(without(whole, nodes))) for nodes in ((), ("n1",), ("n1", "n2"))]
    assert len(set(tags)) == 3
    read = KEA.parse(KEA.text(whole))
    assert read is not None
    assert tag_of(KEA.text(read)) == tags[0]


def test_entries_that_have_their_node_in_a_user_context_are_ours_too() -> None:
    tree = json.loads(KEA.text(document(KEA)))
    old = {
        "hw-address": "02:00:00:00:00:05",
        "ip-address": "10.0.1.5",
        "hostname": "n5",
        "user-context": {"xcat": "n5"},
    }
    tree["Dhcp4"]["subnet4"][0]["reservations"].append(old)
    read = KEA.parse(json.dumps(tree))
    assert read is not None
    assert (len(read.entries["n5"]), read.foreign) == (1, ())


@each_dialect
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"Dhcp4": {}}',
        '{"Dhcp4": {"user-context": {}}}',
        '{"Dhcp6": {"user-context": {}}}',
        "# by hand\n",
        "[1]",
        "// {",
    ],
)
def test_files_of_others_are_none_of_ours(dialect: Kea | Isc, text: str) -> None:
    assert dialect.parse(text) is None


@pytest.mark.parametrize(("dialect", "program"), [(KEA, "kea-dhcp4"), (KEA_V6, "kea-dhcp6")])
def test_kea_reads_it(tmp_path: Path, dialect: Kea, program: str) -> None:
    served = replace(served_by(dialect), interfaces=())
    made = replace(document(dialect), head=dialect.fresh(served).head)
    path = tmp_path / "conf"
    path.write_text(dialect.text(made).replace('"interface": "lo",', ""))
    done = subprocess.run(
        [program, "-t", str(path)],
        env={"PATH": "/usr/sbin:/usr/bin", "KEA_LOCKFILE_DIR": "none"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("version", [4, 6])
def test_dhcpd_reads_it(tmp_path: Path, version: int) -> None:
    path, dialect = tmp_path / "conf", Isc(version)
    path.write_text(dialect.text(document(dialect)))
    done = subprocess.run(
        ["dhcpd", f"-{version}", "-t", "-cf", str(path)],
        env={"PATH": "/usr/sbin:/usr/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_entries_of_others_in_keas_file_stay() -> None:
    tree = json.loads(KEA.text(document(KEA)))
    other = {"hw-address": "02:00:00:00:00:99", "ip-address": "10.0.9.9"}
    tree["Dhcp4"]["subnet4"][0]["reservations"].insert(1, other)
    text = json.dumps(tree)
    read = KEA.parse(text)
    assert read is not None
    assert [(entry.mac, str(entry.address)) for entry in read.foreign] == [("02:00:00:00:00:99", "10.0.9.9")]
    assert {node: len(entries) for node, entries in read.entries.items()} == {"n1": 2, "n2": 1, "n3": 1, "n4": 1}
    again = json.loads(KEA.text(read))["Dhcp4"]["subnet4"][0]["reservations"]
    assert sorted(map(json.dumps, again)) == sorted(map(json.dumps, tree["Dhcp4"]["subnet4"][0]["reservations"]))


def test_an_entry_of_others_may_have_several_addresses_and_no_mac() -> None:
    tree = json.loads(KEA_V6.text(document(KEA_V6)))
    other = {"duid": "00:03:00:01:02:00:00:00:00:99", "ip-addresses": ["fd00::98", "fd00::99"]}
    tree["Dhcp6"]["subnet6"][0]["reservations"].append(other)
    read = KEA_V6.parse(json.dumps(tree))
    assert read is not None
    assert [(entry.mac, str(entry.address)) for entry in read.foreign] == [("", "fd00::98"), ("", "fd00::99")]
    assert other in json.loads(KEA_V6.text(read))["Dhcp6"]["subnet6"][0]["reservations"]


def test_the_number_of_a_subnet_does_not_depend_on_others() -> None:
    one, two = (Subnet(IPv4Network(text), "eth0", "10.0.0.1") for text in ("10.0.0.0/16", "10.1.0.0/16"))

    def numbers(*subnets: Subnet) -> dict[str, int]:
        return {each["subnet"]: each["id"] for each in KEA.fresh(Served(subnets, ("eth0",))).head["subnet4"]}

    assert numbers(one, two) == {**numbers(two), **numbers(one)}
    twice = numbers(one, Subnet(IPv4Network("10.0.0.0/17"), "eth0", "10.0.0.1"))
    assert len(set(twice.values())) == 2


def test_the_numbers_of_subnets_of_ipv6_have_32_bits() -> None:
    numbers = [each["id"] for each in KEA_V6.fresh(SERVED_V6).head["subnet6"]]
    assert len(set(numbers)) == 2
    assert all(0 < number < 1 << 32 for number in numbers)


def test_iscs_statements_stand_in_the_line() -> None:
    entry = Isc().entry(replace(RESERVATIONS[0], statements='option  root-path\t"x";'), SERVED)
    assert 'option root-path "x"; } # xCAT node n1' in entry.text
    assert "root-path" not in Isc(6).entry(replace(RESERVATIONS[0], statements='option root-path "x";'), SERVED_V6).text


def test_isc_is_told_its_interfaces_elsewhere() -> None:
    assert interfaces_of(document(Isc())) == "lo"
    debian = '# comment\nINTERFACESv4=""\nINTERFACESv6=""\n'
    assert with_variable(debian, "INTERFACESv4", "a b") == '# comment\nINTERFACESv4="a b"\nINTERFACESv6=""\n'
    assert with_variable("X=1\n\n", "DHCPD_INTERFACE", "a") == 'X=1\nDHCPD_INTERFACE="a"\n'
    assert with_variable("", "DHCPD_INTERFACE", "a") == 'DHCPD_INTERFACE="a"\n'
