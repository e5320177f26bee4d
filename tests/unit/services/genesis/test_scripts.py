"""The scripts in the small boot image, by the shell that runs them there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.helpers.webfiles import web_server

HERE = Path(__file__).parents[4] / "share/netboot/dracut/98xcatgenesis"
PARTS = ("words", "fetch", "network", "steps")
SOURCED = "".join(f". {HERE / part}; " for part in PARTS)


def bash(text: str, folder: Path, **env: str) -> str:
    """What lines print after the image's own functions; there is no server, no console, and no pause."""
    (folder / "consoles").write_text("")
    environment = {
        "PATH": "/usr/bin:/bin",
        "XCAT_LOG": str(folder / "log"),
        "XCAT_CONSOLES": str(folder / "consoles"),
        "XCAT_SERVER": "",
        **env,
    }
    quiet = "sleep() { echo sleep $1 >&2; }; failed='' last='' shells='' reason='' after=''; "
    done = subprocess.run(
        ["bash", "-c", f"{SOURCED}{quiet}{text}"], env=environment, capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", ["module-setup.sh", "no-root.sh", "begin.sh", "say", "nextdestiny", "genesis", "dhcp-event", *PARTS]
)
def test_shellcheck_has_nothing_to_say(name: str) -> None:
    done = subprocess.run(["shellcheck", "-x", HERE / name], cwd=HERE, capture_output=True, text=True, timeout=60)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("line", "word", "value"),
    [
        ('quiet xcatd=10.0.0.1:3001 "destiny=runcmd=a b=c" ro', "destiny", "runcmd=a b=c"),
        ("a=1 a=2", "a", "2"),
        ('a="x y" b=z', "a", "x y"),
        ("quiet ro", "quiet", ""),
        ("BOOTIF=01-02-00-00-00-00-0a", "BOOTIF", "01-02-00-00-00-00-0a"),
    ],
)
def test_words_of_the_kernel(tmp_path: Path, line: str, word: str, value: str) -> None:
    assert bash('read_words "$LINE"; word "$WORD"', tmp_path, LINE=line, WORD=word) == f"{value}\n"


@pytest.mark.parametrize(
    ("text", "host"),
    [("10.0.0.1:3001", "10.0.0.1"), ("[fd00::1]:3001", "fd00::1"), ("fd00::1:3001", "fd00::1"), ("", "")],
)
def test_the_server(tmp_path: Path, text: str, host: str) -> None:
    assert bash(f"server_of '{text}'", tmp_path) == f"{host}\n"


def test_pauses_grow_and_there_is_an_end(tmp_path: Path) -> None:
    said = bash("try 8 false; echo $?", tmp_path)
    assert said.splitlines() == ["1", *(f"sleep {seconds}" for seconds in (1, 2, 4, 8, 16, 30, 30))]
    assert bash("no() { return 3; }; try 8 no; echo $?", tmp_path) == "3\n"


def test_what_is_not_there_is_not_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("text")
    with web_server(tmp_path) as port:
        url = f"http://127.0.0.1:{port}"
        assert bash(f"fetch {url}/there {tmp_path}/got; echo $?", tmp_path) == "0\n"
        assert bash(f"fetch {url}/gone {tmp_path}/not; echo $?", tmp_path) == "3\n"
    assert (tmp_path / "got").read_text() == "text"
    assert f"{url}/gone cannot be fetched: " in (tmp_path / "log").read_text()
    assert bash(f"XCAT_TRIES=3; fetch {url}/there {tmp_path}/not; echo $?", tmp_path) == "1\nsleep 1\nsleep 2\n"
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize(
    ("destiny", "after", "failed"),
    [
        ("runcmd=true x", "next", ""),
        ("runcmd=false", "ask", "runcmd=false"),
        ("runcmd=../evil", "ask", "runcmd=../evil"),
        ("standby", "ask", ""),
        ("discover", "ask", ""),
        ("error=no disk", "ask", "error=no disk"),
        ("dance", "ask", "dance"),
        ("", "ask", ""),
    ],
)
def test_what_comes_after_a_step(tmp_path: Path, destiny: str, after: str, failed: str) -> None:
    stubs = "network_up() { :; }; _booted_by() { :; }; "
    said = bash(f'{stubs}do_step "$WHAT" 2>/dev/null; echo "$after $failed"', tmp_path, WHAT=destiny)
    assert said == f"{after} {failed}\n"


def test_what_has_failed_is_not_done_again(tmp_path: Path) -> None:
    text = "XCAT_WORDS[xcatpause]=7; step() { do_step 'runcmd=false x'; }; step; step"
    assert bash(text, tmp_path).splitlines() == ["sleep 7", "sleep 7"]
    assert (tmp_path / "log").read_text().count("running") == 1


DHCLIENT = {
    "reason": "BOUND",
    "new_ip_address": "10.0.0.11",
    "new_subnet_mask": "255.255.0.0",
    "new_routers": "10.0.0.254",
    "new_host_name": "n1.c.net",
    "new_domain_name": "c.net",
    "new_domain_name_servers": "10.0.0.1 10.0.0.2",
    "new_dhcp_server_identifier": "10.0.0.1",
}
UDHCPC = {
    "ip": "10.0.0.11",
    "mask": "16",
    "router": "10.0.0.254",
    "hostname": "n1.c.net",
    "domain": "c.net",
    "dns": "10.0.0.1 10.0.0.2",
    "serverid": "10.0.0.1",
}


@pytest.mark.parametrize(("said", "words", "mask"), [(DHCLIENT, (), "255.255.0.0"), (UDHCPC, ("bound",), "16")])
def test_what_a_dhcp_client_has_learnt(tmp_path: Path, said: dict[str, str], words: tuple[str, ...], mask: str) -> None:
    stub = tmp_path / "ip"
    stub.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/done\n')
    stub.chmod(0o755)
    places = {name: str(tmp_path / name) for name in ("XCAT_HOSTNAME", "XCAT_RESOLV", "XCAT_DHCP_SERVER")}
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "interface": "eth0", **places, **said}
    subprocess.run(["bash", HERE / "dhcp-event", *words], env=env, check=True, timeout=60)
    assert (tmp_path / "done").read_text().splitlines() == [
        f"address replace 10.0.0.11/{mask} dev eth0",
        "route replace default via 10.0.0.254 dev eth0",
    ]
    assert [Path(place).read_text() for place in places.values()] == [
        "n1\n",
        "search c.net\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n",
        "10.0.0.1\n",
    ]
