"""`rpower` as an operator sees it, against simulated BMCs: those that work, and those that do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon, free_port
from tests.helpers.stage import Bench, Typed, give_plugin, place
from tests.simulators.bmcs import Bmc, Rack, bmcs, restart
from tests.simulators.miniature import Miniature


@dataclass(frozen=True)
class Room:
    """A management node, two BMCs of ipmi_sim (n1, n2), and a bench for others."""

    mn: Daemon
    rack: dict[str, Bmc]
    bench: Bench

    def node(self, name: str, address: str = "", *columns: str) -> None:
        """Define a node; `address` is that of its BMC."""
        bmc = [f"ipmi.bmc={address}"] if address else []
        typed(self.mn, " ".join(["nodeadd", name, "groups=odd", "nodehm.mgt=ipmi", *bmc, *columns]))

    def rpower(self, *words: str) -> tuple[int, str, str]:
        done = self.mn.run("rpower", *words)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("room")
    rack = Rack(2, f"{network()}.3.1")
    with alone(folder, prepare=give_plugin) as mn, bmcs(rack, folder / "bmcs") as simulated, Bench() as bench:
        room = Room(mn, dict(zip(("n1", "n2"), simulated, strict=True)), bench)
        typed(mn, "chtab key=ipmi passwd.username=admin passwd.password=secret")
        for name, bmc in room.rack.items():
            room.node(name, f"{bmc.host}:{bmc.port}")
        yield room


@pytest.fixture
def off(room: Room) -> Room:
    """Both nodes are off."""
    room.rpower("n1,n2", "off")
    return room


@pytest.fixture
def on(room: Room) -> Room:
    """Both nodes are on."""
    room.rpower("n1,n2", "on")
    return room


@pytest.mark.parametrize("word", ["stat", "state", "status"])
def test_the_state_is_read_by_three_words(off: Room, word: str) -> None:
    assert off.rpower("n1", word) == (0, "n1: off\n", "")
    assert off.rpower("n1", "on") == (0, "n1: on\n", "")
    assert off.rpower("n1", word) == (0, "n1: on\n", "")


def test_on_and_off_say_what_is_now_also_when_it_was_so_before(off: Room) -> None:
    before = off.rack["n1"].journal
    for action in ("on", "on", "off", "off"):
        assert off.rpower("n1", action) == (0, f"n1: {action}\n", "")
    assert off.rack["n1"].journal == [*before, "power 1", "power 0"]


@pytest.mark.parametrize(
    ("action", "when_off", "when_on"),
    [
        ("reset", "off", "reset"),
        ("softoff", "off", "softoff"),
        ("boot", "off on", "on reset"),
        ("cycle", "cycle", "cycle"),
    ],
)
def test_what_an_action_says_depends_on_the_state(room: Room, action: str, when_off: str, when_on: str) -> None:
    room.rpower("n1", "off")
    assert room.rpower("n1", action) == (0, f"n1: {when_off}\n", "")
    room.rpower("n2", "on")
    assert room.rpower("n2", action) == (0, f"n2: {when_on}\n", "")


def test_softoff_really_turns_off_and_reset_leaves_it_on(on: Room) -> None:
    on.rpower("n1", "softoff")
    until(lambda: on.rack["n1"].power == "off", "the end of the operating system")
    on.rpower("n2", "reset")
    assert on.rack["n2"].power == "on"
    assert on.rack["n2"].journal[-1] == "reset 1"


def test_a_diagnostic_interrupt_goes_to_a_bmc_that_knows_it(room: Room) -> None:
    bmc = room.bench.bmc(Miniature(power=True))
    room.node("crash", place(bmc))
    assert room.rpower("crash", "nmi") == (0, "crash: nmi\n", "")
    assert bmc.bmc.controls == [4]
    status, out, err = room.rpower("n1", "nmi")
    assert (status, out) == (1, "")
    assert err.startswith("n1: [mn1]: Error: the BMC at ")
    assert len(err.splitlines()) == 1


def test_the_status_of_a_node_is_noted_unless_the_site_forbids_it(off: Room) -> None:
    off.rpower("n1", "on")
    assert typed(off.mn, "nodels n1 nodelist.status") == "n1: powering-on\n"
    typed(off.mn, "chtab key=nodestatus site.value=n")
    off.rpower("n1", "off")
    assert typed(off.mn, "nodels n1 nodelist.status") == "n1: powering-on\n"
    typed(off.mn, "chtab -d key=nodestatus site")


# -- what can be wrong with the words -------------------------------------------------------------------------------


def test_an_unknown_action_is_told_for_each_node_on_standard_output(room: Room) -> None:
    status, out, err = room.rpower("n1,n2", "frobnicate")
    assert (status, err) == (1, "")
    assert sorted(out.splitlines()) == [
        f"{node}: Error: Unsupported command: rpower frobnicate when using mgt=ipmi." for node in ("n1", "n2")
    ]


def test_a_missing_action_is_told_on_standard_output(room: Room) -> None:
    assert room.rpower("n1") == (1, "n1: Please enter an action (eg: boot,off,on, etc) when using mgt=ipmi.\n", "")


def test_an_unknown_node_stops_the_command_before_anything_is_done(off: Room) -> None:
    said = "Error: Invalid nodes and/or groups in noderange: nosuch\n"
    assert off.rpower("n1,nosuch", "on") == (1, "", said)
    assert off.rack["n1"].power == "off"


@pytest.mark.parametrize("words", [("n[1-", "stat"), ("(n1", "stat"), ("n1,,@", "stat"), ("n1", "on", "more"), ()])
def test_words_that_cannot_be_read_are_one_sentence(room: Room, words: tuple[str, ...]) -> None:
    status, out, err = room.rpower(*words)
    assert (status, out) == (1, "")
    assert err.startswith("Error: ")
    assert len(err.splitlines()) == 1


def test_a_node_called_like_a_reading_word_is_locked_all_the_same(room: Room) -> None:
    """`rpower stat on` changes the node `stat`: two at once must not."""
    bmc = room.bench.bmc(Miniature(is_stuck=True))
    room.node("stat", place(bmc))
    with Typed(room.mn, "rpower", "stat", "on") as first:
        until(lambda: bmc.bmc.controls == [1], "the first")
        with Typed(room.mn, "rpower", "stat", "on") as second:
            until(lambda: room.mn.log().count('"noderange": "stat"') == 2, "the second")
            assert bmc.bmc.controls == [1]
            bmc.bmc.power = True
            assert first.end() == (0, "stat: on\n", "")
            assert second.end() == (0, "stat: on\n", "")
    assert bmc.bmc.controls == [1]


# -- what can be wrong with the hardware ----------------------------------------------------------------------------


def test_each_trouble_has_its_own_sentence_and_delays_no_other_node(off: Room) -> None:
    silent, dying = off.bench.bmc(), off.bench.bmc()
    silent.silent = True
    dying.dies_after = 3  # the log-in; the question in the session is not heard any more
    port = free_port()
    good = off.rack["n1"]
    off.node("quiet", place(silent))
    off.node("dying", place(dying))
    off.node("refused", f"127.0.0.1:{port}")
    off.node("wrong", f"{good.host}:{good.port}", "ipmi.username=admin", "ipmi.password=guess")
    off.node("nobody", f"{good.host}:{good.port}", "ipmi.username=nobody", "ipmi.password=guess")
    off.node("nopassword", f"{good.host}:{good.port}", "ipmi.username=other")
    off.node("noaddress")
    off.node("badaddress", "[1::2")
    typed(off.mn, "nodeadd nomethod groups=odd", "nodeadd otherway groups=odd nodehm.mgt=carrier")
    troubled = {
        "quiet": f"no answer from {place(silent)} within 12 s",
        "dying": f"{place(dying)} has stopped answering within 12 s",
        "refused": f"127.0.0.1:{port} refuses: nothing there speaks IPMI",
        "wrong": "password",
        "nobody": "user",
        "nopassword": "nopassword has no BMC password for user other in ipmi.password",
        "noaddress": "noaddress has no BMC address in ipmi.bmc",
        "badaddress": "ipmi.bmc of badaddress is not an address",
        "nomethod": "nomethod has no management method in nodehm.mgt",
        "otherway": 'there is no driver for the management method "carrier"',
    }
    with Typed(off.mn, "rpower", ",".join(["n1", "n2", *troubled]), "stat") as command:
        assert sorted([command.line(), command.line()]) == ["n1: off\n", "n2: off\n"]
        assert command.process.poll() is None, "the silent BMC has its full time"
        status, out, err = command.end()
    assert (status, out) == (1, "")
    said = dict(line.split(": [mn1]: Error: ") for line in err.splitlines())
    assert len(err.splitlines()) == len(troubled)
    assert said.keys() == troubled.keys()
    for node, words in troubled.items():
        assert words in said[node], said[node]
        assert "secret" not in said[node]
        assert "guess" not in said[node]
    assert "Traceback" not in off.mn.log()
    assert len(set(said.values())) == len(said)


def test_a_bmc_that_has_restarted_is_logged_in_to_again(off: Room) -> None:
    assert off.rpower("n2", "stat") == (0, "n2: off\n", "")
    restart(off.rack["n2"])
    assert off.rpower("n2", "on") == (0, "n2: on\n", "")


def test_a_changed_password_is_used_at_once(off: Room) -> None:
    typed(off.mn, "nodech n2 ipmi.username=admin ipmi.password=outdated")
    status, _, err = off.rpower("n2", "stat")
    assert (status, "password" in err) == (1, True)
    typed(off.mn, "nodech n2 ipmi.password=secret")
    assert off.rpower("n2", "stat") == (0, "n2: off\n", "")
