"""`pscp` and `prsync`, which run where they are typed; with real scp, rsync and sshds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import typed
from tests.helpers.sshdesk import NET, NODES, Desk, ssh_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Each node has a folder, in which sessions begin; the host key of the node stranger is unknown."""
    folder = tmp_path_factory.mktemp("pscp")
    stranger = f"Host stranger\n HostName {NET}.9.9\n HostKeyAlias stranger"
    known = f"n*,{NET}.*"
    with ssh_desk(folder, "ssh", "scp", known=known, sshd_lines=_folders(folder), config=(stranger,)) as desk:
        typed(desk.mn, "nodeadd stranger groups=odd")
        for n in NODES:
            (folder / f"homes/n{n}/in").mkdir(parents=True)
        yield desk


_ENTER = """
cd "$1" || exit 1
case $SSH_ORIGINAL_COMMAND in
    *sftp*) exec /usr/lib/openssh/sftp-server;;
    *) exec sh -c "$SSH_ORIGINAL_COMMAND";;
esac
"""


def _folders(folder: Path) -> tuple[str, ...]:
    """Lines of sshd_config: sessions of each node begin in its own folder."""
    (folder / "enter").write_text(_ENTER)
    return tuple(f"Match LocalAddress {NET}.1.{n}\n ForceCommand sh {folder}/enter {folder}/homes/n{n}" for n in NODES)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "one").write_text("first")
    (tmp_path / "a tree/deep").mkdir(parents=True)
    (tmp_path / "a tree/deep/two").write_text("second")
    return tmp_path


def found(desk: Desk) -> list[str]:
    """The files that came, which are then removed."""
    paths = sorted(path for path in (desk.folder / "homes").rglob("*") if path.is_file())
    for path in paths:
        path.unlink()
    return [str(path.relative_to(desk.folder / "homes")) for path in paths]


@pytest.mark.parametrize(
    ("copy", "tree"), [(("pscp",), ("pscp", "-r")), (("prsync",), ("prsync", "-f", "2"))], ids=["scp", "rsync"]
)
def test_files_and_folders_get_to_each_node(
    desk: Desk, files: Path, copy: tuple[str, ...], tree: tuple[str, ...]
) -> None:
    status, out, err = desk.run(*copy, f"{files}/one", "n[1-3]:in/")
    assert (status, sorted(out.splitlines()), err) == (0, ["n1: done", "n2: done", "n3: done"], "")
    assert ((desk.folder / "homes") / "n2/in/one").read_text() == "first"
    assert found(desk) == ["n1/in/one", "n2/in/one", "n3/in/one"]
    assert desk.run(*tree, f"{files}/one", f"{files}/a tree", "n4:in") == (0, "n4: done\n", "")
    assert found(desk) == ["n4/in/a tree/deep/two", "n4/in/one"]


@pytest.mark.parametrize(("name", "program"), [("pscp", "scp"), ("prsync", "rsync")])
def test_the_status_is_the_number_of_nodes_that_failed(desk: Desk, files: Path, name: str, program: str) -> None:
    status, out, err = desk.run(name, f"{files}/one", "n1,stranger:in/")
    assert (status, [line for line in out.splitlines() if line.endswith("done")]) == (1, ["n1: done"])
    assert "stranger: Host key verification failed." in out
    assert err.startswith(f"stranger: *** {program} exited with error code ")
    assert desk.run(name, f"{files}/none", "n[1-3]:in/")[0] == 3
    assert found(desk) == ["n1/in/one"]


def test_options(desk: Desk, files: Path) -> None:
    assert desk.run("pscp", "-f", "1", "-iib", "-p", f"{files}/one", "n1:in/") == (0, "n1-ib: done\n", "")
    assert desk.run("pscp", "--interface=ib", "-q", f"{files}/one", "n2:in/", XCATPSHFANOUT="1")[:2] == (
        0,
        "n2-ib: done\n",
    )
    assert found(desk) == ["n1/in/one", "n2/in/one"]
    ((desk.folder / "homes") / "n1/in/old").write_text("")
    assert desk.run("prsync", "-i", "ib", "-o", "c --delete", f"{files}/a tree/", "n1:in/") == (0, "n1-ib: done\n", "")
    assert found(desk) == ["n1/in/deep/two"]
    assert desk.run("prsync", f"{files}/one", "n1:in/", RSYNC_RSH="/nowhere/rsh")[0] == 1


@pytest.mark.parametrize("name", ["pscp", "prsync"])
def test_words_that_make_no_sense(desk: Desk, files: Path, name: str) -> None:
    usage = desk.run(name, "-h")[1]
    assert usage.startswith(f"Usage: {name} ")
    assert desk.run(name, "-v") == desk.run("nodels", "-v")
    assert desk.run(name, "n1:in") == (1, usage, "")
    assert desk.run(name, f"{files}/one", "n1") == (
        1,
        "",
        f"Error: {name}: the last word is noderange:folder, not 'n1'; see {name} -h\n",
    )
    assert desk.run(name, "-f", "0", f"{files}/one", "n1:in")[2].endswith("the fanout is a number of nodes, not '0'.\n")
    assert desk.run(name, "-f")[2] == f"Error: {name}: option -f requires argument; see {name} -h\n"
    status, out, err = desk.run(name, f"{files}/one", "nosuchnode:in")
    assert (status, out, "nosuchnode" in err) == (1, "", True)
    assert "the quotes in -o do not close" in desk.run("prsync", "-o", "'", f"{files}/one", "n1:in")[2]
