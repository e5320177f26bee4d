"""`rinstall` with simulated BMCs: nodes boot what was set, and none whose nodeset failed is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import alone, credentials, typed
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon
from tests.helpers.media import lay
from tests.simulators.bmcs import Rack, bmcs

IMAGE = "rocky9.4-x86_64-netboot-compute"


@dataclass(frozen=True)
class Room:
    """A management node, and two BMCs of ipmi_sim (n1, n2)."""

    mn: Daemon

    def rinstall(self, *words: str) -> tuple[int, str, str]:
        done = self.mn.run("rinstall", *words)
        return done.returncode, done.stdout, done.stderr

    def power(self) -> str:
        return typed(self.mn, "rpower n1,n2 stat --ordered")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("rinstall")
    rack = Rack(2, f"{network()}.3.1")
    with alone(folder) as mn, bmcs(rack, folder / "bmcs") as simulated:
        place = "install/netboot/rocky9.4/x86_64/compute"
        lay(mn.root, {f"{place}/{name}": name for name in ("kernel", "initrd-stateless.gz", "rootimg.sfs")})
        typed(
            mn,
            "chtab key=installdir site.value=/install",
            "chtab key=tftpdir site.value=/tftpboot",
            "chtab key=ipmi passwd.username=admin passwd.password=secret",
            "nodeadd n1,n2 groups=all nodehm.mgt=ipmi noderes.netboot=xnba noderes.xcatmaster=10.0.0.1",
            *(
                f"nodech {name} ipmi.bmc={bmc.host}:{bmc.port}"
                for name, bmc in zip(("n1", "n2"), simulated, strict=True)
            ),
            "chdef n1,n2 ip='|n(\\d+)|10.0.0.($1)|' mac='|n(\\d+)|02:00:00:00:00:0($1)|'",
            f"mkdef -t osimage {IMAGE} provmethod=netboot osvers=rocky9.4 osarch=x86_64 profile=compute imagetype=linux "
            f"osname=Linux rootimgdir=/{place}",
        )
        yield Room(mn)


@pytest.fixture(autouse=True)
def off(room: Room) -> None:
    """Both nodes are off, and start from their disks."""
    typed(room.mn, "rpower n1,n2 off")
    assert room.mn.run("nodeset", "n1,n2", "boot").returncode == 0
    typed(room.mn, f"nodech n1,n2 nodetype.provmethod={IMAGE}")


def test_nodes_come_up_with_their_image(room: Room) -> None:
    status, out, err = room.rinstall("n1,n2", f"osimage={IMAGE}")
    assert (status, out) == (0, "Provision node(s): n1 n2\n")
    # ipmi_sim takes the choice of the network and does not tell it afterwards
    assert sorted(line.partition(";")[0] for line in err.splitlines()) == [
        f"{node}: [mn1]: Warning: net was accepted, but the controller says boot override inactive"
        for node in ("n1", "n2")
    ]
    assert room.power() == "n1: on\nn2: on\n"
    assert typed(room.mn, "nodeset n1 stat") == "n1: netboot rocky9.4-x86_64-compute\n"
    assert room.rinstall("n1")[:2] == (0, "Provision node(s): n1\n")
    said = room.rinstall("n2", "osimage", "-V")[1]
    assert "n2: [mn1]: netboot rocky9.4-x86_64-compute\n" in said and "n2: [mn1]: on reset\n" in said


def test_a_node_whose_nodeset_failed_is_not_touched(room: Room) -> None:
    typed(room.mn, "chdef n2 netboot=yaboot")
    status, out, err = room.rinstall("n1,n2", f"osimage={IMAGE}")
    typed(room.mn, "chdef n2 netboot=xnba")
    assert (status, out) == (1, "Provision node(s): n1 n2\n")
    assert "n2: [mn1]: Error: noderes.netboot is yaboot" in err
    assert "Error: [mn1]: Failed to run 'nodeset' against the following nodes: n2\n" in err
    assert room.power() == "n1: on\nn2: off\n"
    assert "n1: [mn1]: Warning: net was accepted" in err and "n2: [mn1]: Warning" not in err


def test_no_node_is_left(room: Room) -> None:
    status, _, err = room.rinstall("n1,n2", "osimage=none")
    assert status == 1 and "There is no osimage none" in err
    assert room.power() == "n1: off\nn2: off\n"


def test_each_command_must_be_allowed(room: Room, tmp_path: Path) -> None:
    folder = credentials(room.mn, "bob")
    typed(room.mn, "chtab priority=7 policy.name=bob policy.commands=rinstall,nodeset,rsetboot policy.rule=allow")
    done = room.mn.run("rinstall", "n1", f"osimage={IMAGE}", tls=True, XCAT_CREDENTIALS=str(folder))
    assert done.returncode == 1 and "Permission denied" in done.stderr
    assert room.power() == "n1: off\nn2: off\n"


def test_nodes_start_from_the_network_what_is_set(room: Room) -> None:
    typed(room.mn, f"nodeset n1,n2 osimage={IMAGE}")
    done = room.mn.run("rnetboot", "n1,n2")
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, ["n1: Success", "n2: Success"])
    assert room.power() == "n1: on\nn2: on\n"
    done = room.mn.run("rnetboot", "n1", "-V", "-d", "-f", "-s", "net,hd")
    assert done.returncode == 0 and "n1: [mn1]: on reset\n" in done.stdout
    assert "-d is for partitions of POWER" in done.stderr
    done = room.mn.run("rnetboot", "n1", "-s", "cd")
    assert done.returncode == 1 and "-s takes net and hd, with a comma between, not 'cd'" in done.stderr


def test_nodes_that_shall_boot_from_their_disks_and_partitions_are_left_alone(room: Room) -> None:
    typed(room.mn, "nodech n2 nodehm.mgt=hmc nodehm.power=ipmi")
    done = room.mn.run("rnetboot", "n1,n2")
    assert (done.returncode, done.stdout) == (1, "")
    assert "n1: [mn1]: Error: Node is in boot state: set with nodeset what it shall boot" in done.stderr
    assert "n2: [mn1]: Error: nodehm.mgt is hmc: partitions of POWER cannot be started from here" in done.stderr
    done = room.mn.run("rnetboot", "n1,n2", "-F")
    typed(room.mn, "nodech n2 nodehm.mgt=ipmi nodehm.power=")
    assert (done.returncode, done.stdout) == (1, "n1: Success\n")
    assert room.power() == "n1: on\nn2: off\n"


def test_nodes_that_do_not_come_up_are_started_again(room: Room) -> None:
    typed(room.mn, "nodech n1 nodelist.comments=up", "nodech n2 nodelist.comments=")
    words = ("rnetboot", "n1,n2", "-F", "-m", "nodelist.comments==up", "-t", "0.02")
    assert room.mn.run(*words[:-2]).stderr == (
        "Error: [mn1]: rnetboot: -m needs -t with the minutes to wait for what is expected\n"
    )
    done = room.mn.run(*words, "-r", "1")
    assert (done.returncode, done.stdout) == (1, "n1: Success\nn2: not yet nodelist.comments==up, so once more\n")
    assert 'n2: [mn1]: Error: The node "n2" can not reach the expected status after 1 retries' in done.stderr
