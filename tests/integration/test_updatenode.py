"""`updatenode` as an operator sees it: real sshds, the real scripts' runner, and a real web server that gives the scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon
from tests.helpers.frameclient import FrameClient
from tests.helpers.sshnodes import Sshd, acquaint, key_for_root, sshd
from tests.helpers.updates import DONE, lay_out, lines
from tests.helpers.webfiles import web_server

NET = network()
COUNT = 4
HANG_UP = """#!/bin/sh
parent=$$
for _ in 1 2 3 4 5 6 7 8; do
    read -r name </proc/$parent/comm
    if [ "$name" = sshd ]; then kill -9 $parent; exit; fi
    read -r _ _ _ parent _ </proc/$parent/stat
done
echo no sshd found
"""
HANG = """#!/bin/sh
echo begun
left=600
while [ $NODE = n2 ] && [ ! -e $XCAT_ROOT/go ] && [ $left -gt 0 ]; do
    sleep 0.1
    left=$((left - 1))
done
"""
SCRIPTS: Mapping[str, str] = {
    "show": '#!/bin/sh\necho "$NODE $UPDATENODE <$1> <$COLOUR>"\n',
    "bad": "#!/bin/sh\necho something is wrong >&2\nexit 3\n",
    "second": "#!/usr/bin/env python3\nprint('second')\n",
    "hang": HANG,
    "hangup": HANG_UP,
    "remoteshell": '#!/bin/sh\necho "keys of $NODE $UPDATESECURITY"\n',
    "ospkgs": '#!/bin/sh\necho "packages $OSPKGS"\n',
    "otherpkgs": '#!/bin/sh\necho "others $OTHERPKGS_INDEX"\n',
}


@dataclass(frozen=True)
class Site:
    """A management node and the nodes n1 to n4, each with a root folder of its own below `folder`; n9 is not there."""

    mn: Daemon
    sshd: Sshd
    folder: Path
    port: int

    def update(self, *words: str) -> tuple[int, list[str], list[str]]:
        done = self.mn.run("updatenode", *words)
        return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()

    def value(self, node: str, column: str) -> str:
        return typed(self.mn, f"nodels {node} nodelist.{column}").partition(":")[2].strip()

    def await_states(self, **states: str) -> None:
        """They are written soon after the command has ended, not before."""
        until(lambda: {node: self.value(node, "updatestatus") for node in states} == states, f"the states {states}")

    def root(self, node: str) -> Path:
        return self.folder / node


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("updatenode")
    roots = [
        f"Match LocalAddress {NET}.1.{number}\n SetEnv XCAT_ROOT={folder}/n{number}" for number in range(1, COUNT + 1)
    ]
    with alone(folder) as mn, sshd(folder / "sshd", *roots) as server, web_server(mn.root) as port:
        key_for_root(mn, server)
        lay_out(mn.root, SCRIPTS)
        acquaint(mn, {"n9": 1, "*": server.port}, ed25519=server)
        typed(
            mn,
            f"chtab key=httpport site.value={port}",
            "chtab key=installdir site.value=/install",
            "chtab key=master site.value=127.0.0.1",
            "chtab -d node=xcatdefaults postscripts",
            f"nodeadd n[1-{COUNT}],n9 groups=all 'hosts.ip=|n(\\d+)|{NET}.1.($1)|'",
            "makeknownhosts all",
        )
        yield Site(mn, server, folder, port)


def test_scripts_run_with_their_words_and_the_state_is_kept(site: Site) -> None:
    status, out, err = site.update("n1", "-P", "show 'a  b',second", "COLOUR=$(id) `id`")
    assert (status, err) == (0, [])
    said = lines("n1", "show", "n1 1 <a  b> <$(id) `id`>")
    assert out == [*said, *lines("n1", "second", "second"), f"n1: {DONE}"]
    site.await_states(n1="synced")
    assert site.value("n1", "updatestatustime")
    assert "postscript end....: second" in (site.root("n1") / "var/log/xcat/xcat.log").read_text()
    assert (
        f"XCATSERVER=127.0.0.1\nHTTPPORT={site.port}\nNODE=n1\n" in (site.root("n1") / "opt/xcat/xcatinfo").read_text()
    )


def test_a_script_may_be_named_without_its_flag_and_many_nodes_are_one_answer(site: Site) -> None:
    status, out, err = site.update("n[1-4]", "second", "--fold")
    assert (status, err, out[1]) == (0, [], "n[1-4]")
    assert out[3:-1] == ["postscript start..: second", "second", "postscript end....: second exited with code 0", DONE]


def test_without_a_list_all_scripts_of_the_node_run_in_their_order(site: Site) -> None:
    typed(
        site.mn,
        "chtab node=xcatdefaults postscripts.postscripts=second",
        "chtab node=n2 postscripts.postscripts='show x,second' postscripts.postbootscripts='show y'",
    )
    status, out, err = site.update("n2", "-P")
    assert (status, err) == (0, [])
    wanted = [
        *lines("n2", "second", "second"),
        *lines("n2", "show", "n2 1 <x> <>"),
        *lines("n2", "show", "n2 1 <y> <>"),
    ]
    assert out == [*wanted, f"n2: {DONE}"]
    status, out, err = site.update("n2", "-P", "node-postbootscripts-start-here")
    assert (status, out, err) == (0, [*lines("n2", "show", "n2 1 <y> <>"), f"n2: {DONE}"], [])
    typed(site.mn, "chtab -d node=xcatdefaults postscripts", "chtab -d node=n2 postscripts")


def test_a_script_that_fails_is_named_and_the_others_run(site: Site) -> None:
    status, out, err = site.update("n1,n2", "-P", "bad,second", "--ordered")
    assert status == 1
    assert out[:3] == lines("n1", "bad", "something is wrong", status=3)
    assert out[3:6] == lines("n1", "second", "second")
    assert err == [f"{node}: [mn1]: Error: 1 of 2 scripts failed: bad ended with 3" for node in ("n1", "n2")]
    assert not any(DONE in line for line in out)
    site.await_states(n1="failed", n2="failed")


def test_a_dead_node_and_one_that_hangs_delay_nobody(site: Site) -> None:
    done = site.mn.run("updatenode", "n1,n2,n9", "-P", "hang", "-t", "8", "--json")
    (site.root("n2") / "go").touch()
    verdicts = {one["name"]: one["attributes"]["verdict"] for one in json.loads(done.stdout)}
    assert (done.returncode, verdicts) == (1, {"n1": "ok", "n2": "unreachable", "n9": "unreachable"})
    first, second = sorted(done.stderr.splitlines())
    assert first.startswith("n2: [mn1]: Error: nothing was heard of it for 8 s, so it was given up")
    assert second.startswith(
        "n9: [mn1]: Error: n9 is not responding, make sure it is a node object and is defined in xCATdb."
    )
    site.await_states(n1="synced", n2="failed", n9="failed")
    status, _, err = site.update("n9", "-n", "-P", "second")
    assert (status, err[0]) == (
        1,
        f"n9: [mn1]: Error: cannot be reached at {NET}.1.9 port 1 (Connection refused): check that its sshd is up",
    )


def test_lines_come_as_they_are_said_with_verbose(site: Site) -> None:
    """The script ends when its first line has arrived, and not before."""
    (site.root("n2") / "go").unlink(missing_ok=True)
    said = b""
    with FrameClient(site.mn) as client:
        client.send("updatenode", "n2", "-V", "-P", "hang")
        for kind, payload in client.answer():
            said += payload if kind == b"O" else b""
            if b"begun" in said:
                (site.root("n2") / "go").touch()
    assert said.decode().splitlines()[-1] == f"n2: [mn1]: {DONE}"


def test_scripts_go_on_when_the_connection_breaks(site: Site) -> None:
    log = site.root("n4") / "var/log/xcat/xcat.log"
    status, _, err = site.update("n4", "-P", "hangup,second")
    assert (status, len(err), "the command may still run there" in err[0]) == (1, 1, True)
    until(
        lambda: log.exists() and "postscript end....: second exited with code 0\n" in log.read_text(),
        "the second script",
    )
    site.await_states(n4="failed")


def test_software_comes_before_scripts_and_each_says_so(site: Site, tmp_path: Path) -> None:
    listed = site.mn.root / "install/lists/pkglist"
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_text("vim\n")
    typed(
        site.mn,
        "chtab imagename=img osimage.osvers=debian12 linuximage.pkglist=/install/lists/pkglist",
        "nodech n3 nodetype.provmethod=img",
    )
    status, out, err = site.update("n3", "-S", "-P", "second")
    assert (status, err) == (0, [])
    assert (
        out[0]
        == "Performing software maintenance operations. This could take a while, if there are packages to install."
    )
    wanted = [*lines("n3", "ospkgs", "packages vim"), *lines("n3", "otherpkgs", "others ")]
    assert out[1:7] == wanted
    assert out[7:] == [
        "n3: Running of Software Maintenance has completed.",
        *lines("n3", "second", "second"),
        f"n3: {DONE}",
    ]


def test_keys_are_brought_anew_and_never_to_a_management_node(site: Site) -> None:
    status, out, err = site.update("n1", "-k")
    assert (status, err) == (0, [])
    assert out == [*lines("n1", "remoteshell", "keys of n1 1"), "n1: Redeliver security files has completed."]
    typed(site.mn, "nodeadd mn1 groups=__mgmtnode hosts.ip=127.0.0.1")
    assert site.update("mn1,n1", "-k")[2] == ["Error: You must not run -k option against a management node: mn1."]
    typed(site.mn, "noderm mn1")


def test_the_server_is_noted_and_nothing_else_is_done(site: Site) -> None:
    info = site.root("n4") / "opt/xcat/xcatinfo"
    info.parent.mkdir(parents=True, exist_ok=True)
    info.write_text("XCATSERVER=10.0.0.1\nIMAGENAME=x\n")
    assert site.update("n4", "-s") == (0, [f"n4: {DONE}"], [])
    assert info.read_text() == f"XCATSERVER=127.0.0.1\nHTTPPORT={site.port}\nNODE=n4\nIMAGENAME=x\n"


def test_mypostscript_files_are_written_where_the_site_wants_them(site: Site) -> None:
    text = "Error: This option is only valid if site table precreatemypostscripts attribute is 1 or YES"
    assert site.update("n1", "-g") == (1, [], [text])
    typed(site.mn, "chtab key=precreatemypostscripts site.value=YES", "chtab key=tftpdir site.value=/tftpboot")
    assert site.update("n1,n2", "-g") == (0, ["Generated new mypostscript files on mn1"], [])
    made = site.mn.root / "tftpboot/mypostscripts"
    assert sorted(path.name for path in made.iterdir()) == ["mypostscript.n1", "mypostscript.n2"]
    typed(site.mn, "chtab -d key=precreatemypostscripts site")


def test_what_makes_no_sense_is_said_before_anything_is_done(site: Site) -> None:
    typed(site.mn, "nodech n1 nodelist.updatestatus=")
    place = site.mn.root / "install/postscripts"
    for words, text in (
        (("-P", "nosuch"), f"The postscript {place}/nosuch does not exist."),
        (("-P", "../x"), "updatenode -P has '../x', which does not begin with the name of a script: correct it"),
        (("-f",), "There are no servicenodes to process for the noderange in the updatenode -f command."),
        (("-F", "-f"), "You can not specify both the -f and -F flags."),
    ):
        typed(site.mn, "nodech n1 nodetype.provmethod=lists", "chtab imagename=lists osimage.synclists=/install/none")
        status, out, err = site.update("n1", *words)
        assert (status, out, err) == (1, [], [f"Error: {text}"])
    assert site.value("n1", "updatestatus") == ""
    typed(site.mn, "nodech n1 nodetype.provmethod=")


def test_a_node_whose_server_nobody_knows_is_skipped(site: Site) -> None:
    typed(site.mn, "nodech n1 noderes.xcatmaster=nowhere.invalid")
    status, out, err = site.update("n1,n2", "-P", "second")
    text = "n1: [mn1]: Error: Could not determine or resolve xcatmaster for n1. Will skip this node."
    assert (status, err, out[-1]) == (1, [text], f"n2: {DONE}")
    typed(site.mn, "nodech n1 noderes.xcatmaster=")


def test_what_a_node_hears_is_in_no_list_of_processes(site: Site) -> None:
    """Its mypostscript and the words of its scripts come by the connection."""
    (site.mn.root / "install/postscripts/processes").write_text(
        "#!/bin/sh\ntr '\\0' ' ' </proc/$PPID/cmdline; echo; ps -o args= -p $(ps -o ppid= -p $PPID)\n"
    )
    status, out, err = site.update("n1", "-P", "processes", "COLOUR=hidden")
    assert (status, err) == (0, [])
    assert out
    assert not any("hidden" in line for line in out)


def test_files_come_before_scripts_and_a_dry_run_shows_what_differs(site: Site) -> None:
    source = site.mn.root / "install/files"
    source.mkdir(parents=True, exist_ok=True)
    (source / "motd").write_text("hello\n")
    there = site.folder / "there"
    there.mkdir()
    (source / "list").write_text(f"/install/files/motd -> {there}/motd\n")
    typed(
        site.mn,
        "chtab imagename=files osimage.synclists=/install/files/list",
        "nodech n1 nodetype.provmethod=files",
    )
    status, out, err = site.update("n1", "-F", "--dry-run")
    assert (status, err) == (0, [])
    assert any(f"{there}/motd" in line for line in out)
    assert not (there / "motd").exists()
    assert site.update("n1", "-F", "-P", "second") == (
        0,
        [
            'File synchronization has completed for nodes: "n1"',
            *lines("n1", "second", "second"),
            f"n1: {DONE}",
        ],
        [],
    )
    assert (there / "motd").read_text() == "hello\n"
    text = "There were no syncfiles defined to process. File synchronization has completed."
    assert site.update("n2", "-F") == (0, [text], [])
    site.await_states(n2="synced")
    (source / "motd").unlink()
    status, out, err = site.update("n1", "-F")
    assert (status, out) == (1, ['File synchronization failed for nodes: "n1"'])
    assert "/install/files/motd" in err[0]
    site.await_states(n1="failed")
