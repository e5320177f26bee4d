"""How the two servers' files look; the servers' own programs read them too."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from tests.unit.services.dhcp.dialects import DIALECTS, KEA, RESERVATIONS, SERVED, document
from xcatd.services.dhcp.document import Dialect, without
from xcatd.services.dhcp.isc import Isc, interfaces_of, with_variable
from xcatd.services.dhcp.subnets import Served, Subnet

GOLDEN = Path(__file__).parent / "golden"
FILES = {"Kea": "kea-dhcp4.conf", "Isc": "dhcpd.conf"}

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=FILES)


@each_dialect
def test_the_file(dialect: Dialect) -> None:
    assert dialect.text(document(dialect)) == (GOLDEN / FILES[type(dialect).__name__]).read_text()


@each_dialect
def test_what_is_read_is_what_was_written(dialect: Dialect) -> None:
    whole = document(dialect)
    read = dialect.parse(dialect.text(whole))
    assert read is not None
    assert (read.head, read.networks, read.ranges) == (whole.head, whole.networks, whole.ranges)
    assert {node: set(some) for node, some in read.entries.items()} == {
        node: set(some) for node, some in whole.entries.items()
    }
    assert dialect.text(read) == dialect.text(whole)
    assert dialect.parse(dialect.text(dialect.fresh(SERVED))) == dialect.fresh(SERVED)


@each_dialect
def test_a_node_is_a_line(dialect: Dialect) -> None:
    whole = document(dialect)
    more, less = (dialect.text(one).splitlines() for one in (whole, without(whole, ["n2"])))
    assert len(more) - len(less) in (0, 1)
    assert len(set(more) - set(less)) == 1


@each_dialect
@pytest.mark.parametrize(
    "text", ["", "{}", '{"Dhcp4": {}}', '{"Dhcp4": {"user-context": {}}}', "# by hand\n", "[1]", "// {"]
)
def test_files_of_others_are_none_of_ours(dialect: Dialect, text: str) -> None:
    assert dialect.parse(text) is None


def test_kea_reads_it(tmp_path: Path) -> None:
    served = replace(SERVED, interfaces=())
    made = replace(document(KEA), head=KEA.fresh(served).head)
    path = tmp_path / "conf"
    path.write_text(KEA.text(made).replace('"interface": "lo",', ""))
    done = subprocess.run(
        ["kea-dhcp4", "-t", str(path)],
        env={"PATH": "/usr/sbin:/usr/bin", "KEA_LOCKFILE_DIR": "none"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_dhcpd_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "conf"
    path.write_text(Isc().text(document(Isc())))
    done = subprocess.run(
        ["dhcpd", "-t", "-cf", str(path)], env={"PATH": "/usr/sbin:/usr/bin"}, capture_output=True, text=True
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


def test_the_number_of_a_subnet_does_not_depend_on_others() -> None:
    one, two = (Subnet(IPv4Network(text), "eth0", "10.0.0.1") for text in ("10.0.0.0/16", "10.1.0.0/16"))

    def numbers(*subnets: Subnet) -> dict[str, int]:
        return {each["subnet"]: each["id"] for each in KEA.fresh(Served(subnets, ("eth0",))).head["subnet4"]}

    assert numbers(one, two) == {**numbers(two), **numbers(one)}
    twice = numbers(one, Subnet(IPv4Network("10.0.0.0/17"), "eth0", "10.0.0.1"))
    assert len(set(twice.values())) == 2


def test_iscs_statements_stand_in_the_line() -> None:
    entry = Isc().entry(replace(RESERVATIONS[0], statements='option  root-path\t"x";'), SERVED)
    assert 'option root-path "x"; } # xCAT node n1' in entry.text


def test_isc_is_told_its_interfaces_elsewhere() -> None:
    assert interfaces_of(document(Isc())) == "lo"
    debian = '# comment\nINTERFACESv4=""\nINTERFACESv6=""\n'
    assert with_variable(debian, "INTERFACESv4", "a b") == '# comment\nINTERFACESv4="a b"\nINTERFACESv6=""\n'
    assert with_variable("X=1\n\n", "DHCPD_INTERFACE", "a") == 'X=1\nDHCPD_INTERFACE="a"\n'
    assert with_variable("", "DHCPD_INTERFACE", "a") == 'DHCPD_INTERFACE="a"\n'
