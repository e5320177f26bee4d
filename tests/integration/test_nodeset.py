"""`nodeset` by a real daemon: what tables and boot files say afterwards, and that nothing is half done."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed, until
from tests.helpers.cluster import Daemon
from tests.helpers.media import lay
from tests.helpers.nodeclient import opened, say, say_at_once
from tests.helpers.stage import Typed
from tests.integration.outages import histories

IMAGE = "rocky9.4-x86_64-install-compute"
FROM_DISK = "#!ipxe\n#boot\niseq ${platform} efi && exit 1 ||\nexit\n"
DISKLESS = "rocky9.4-x86_64-netboot-compute"
ARGUMENTS = (
    "quiet inst.repo=http://10.0.0.1/install/rocky9.4/x86_64 inst.ks=http://10.0.0.1/install/autoinst/n1 ip=dhcp "
    "console=tty0 console=ttyS0,115200"
)


@pytest.fixture(scope="module")
def mn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("nodeset")) as daemon:
        typed(
            daemon,
            "chtab key=installdir site.value=/install",
            "chtab key=tftpdir site.value=/tftpboot",
            "nodeadd n[1-4] groups=compute noderes.netboot=xnba noderes.xcatmaster=10.0.0.1",
            "chdef n[1-4] serialport=0 serialspeed=115200 arch=x86_64 ip='|n(\\d+)|10.0.0.(10+$1)|'",
            *(f"chdef n{number} mac=02:00:00:00:00:0{number}" for number in range(1, 5)),
            f"mkdef -t osimage {IMAGE} provmethod=install osvers=rocky9.4 osarch=x86_64 profile=compute "
            "imagetype=linux osname=Linux addkcmdline='quiet R::crashkernel=auto' pkgdir=/install/rocky9.4/x86_64 "
            "template=/install/custom/compute.tmpl",
            f"mkdef -t osimage {DISKLESS} provmethod=netboot osvers=rocky9.4 osarch=x86_64 profile=compute "
            "imagetype=linux osname=Linux rootimgdir=/install/netboot/rocky9.4/x86_64/compute",
        )
        yield daemon


@pytest.fixture
def tree(mn: Daemon) -> Iterator[Path]:
    """What copycds and genimage have made."""
    files = {
        "rocky9.4/x86_64/images/pxeboot/vmlinuz": "a kernel",
        "rocky9.4/x86_64/images/pxeboot/initrd.img": "a RAM disk",
        "custom/compute.tmpl": "text\nlang en_US.UTF-8\n%packages\n%end\n",
        "netboot/rocky9.4/x86_64/compute/kernel": "another kernel",
        "netboot/rocky9.4/x86_64/compute/initrd-stateless.gz": "another RAM disk",
        "netboot/rocky9.4/x86_64/compute/rootimg.cpio.gz": "a root",
    }
    yield lay(mn.root / "install", files)
    for name in ("rocky9.4", "netboot"):
        shutil.rmtree(mn.root / "install" / name)


@pytest.fixture
def genesis(mn: Daemon) -> Iterator[None]:
    """The small boot image, as mknb makes it."""
    files = {"genesis.kernel.x86_64": "k", "genesis.fs.x86_64.gz": "i"}
    folder = lay(mn.root / "tftpboot/xcat", files)
    yield
    for name in files:
        (folder / name).unlink()


def said(mn: Daemon, *words: str) -> tuple[int, str, str]:
    done = mn.run("nodeset", *words)
    return done.returncode, done.stdout, done.stderr


def boots(mn: Daemon, node: str) -> str:
    return (mn.root / "tftpboot/xcat/xnba/nodes" / node).read_text()


def table(mn: Daemon, node: str, *columns: str) -> list[str]:
    lines = typed(mn, f"nodels {node} {' '.join(columns)}").splitlines()
    return [
        line.partition(": ")[2].partition(": ")[2] if len(columns) > 1 else line.partition(": ")[2] for line in lines
    ]


def test_an_installation(mn: Daemon, tree: Path) -> None:
    assert said(mn, "n1", f"osimage={IMAGE}") == (0, "n1: install rocky9.4-x86_64-compute\n", "")
    assert (
        boots(mn, "n1")
        == boots(mn, "n1.uefi")
        == (
            "#!ipxe\n"
            "#install rocky9.4-x86_64-compute\n"
            f"imgfetch --name kernel http://10.0.0.1/tftpboot/xcat/osimage/{IMAGE}/vmlinuz initrd=initrd {ARGUMENTS} "
            "BOOTIF=01-${netX/mac:hexhyp}\n"
            f"imgfetch --name initrd http://10.0.0.1/tftpboot/xcat/osimage/{IMAGE}/initrd.img\n"
            "imgexec kernel\n"
        )
    )
    assert (mn.root / "install/autoinst/n1").read_text().startswith("text\n")
    placed = mn.root / f"tftpboot/xcat/osimage/{IMAGE}"
    assert [(placed / name).read_text() for name in ("vmlinuz", "initrd.img")] == ["a kernel", "a RAM disk"]
    columns = ("nodetype.provmethod", "nodetype.os", "chain.currstate", "chain.currchain", "bootparams.kcmdline")
    assert table(mn, "n1", *columns) == [
        IMAGE,
        "rocky9.4",
        "install rocky9.4-x86_64-compute",
        "boot",
        ARGUMENTS,
    ]
    assert said(mn, "n1", "stat") == (0, "n1: install rocky9.4-x86_64-compute\n", "")


def test_what_follows_an_installation_is_the_disk(mn: Daemon, tree: Path) -> None:
    typed(mn, f"nodeset n1 osimage={IMAGE}")
    assert said(mn, "n1", "next") == (0, "n1: boot\n", "")
    assert boots(mn, "n1") == FROM_DISK
    assert said(mn, "n1", "next") == (0, "n1: boot\n", "")
    assert table(mn, "n1", "nodetype.provmethod", "bootparams.kernel") == [IMAGE, ""]


def test_without_a_disk_by_the_older_word(mn: Daemon, tree: Path) -> None:
    typed(mn, "chdef n2 os=rocky9.4 profile=compute")
    assert said(mn, "n2", "netboot") == (0, "n2: netboot rocky9.4-x86_64-compute\n", "")
    wanted = (
        f"imgurl=http://10.0.0.1/install/netboot/rocky9.4/x86_64/compute/rootimg.cpio.gz XCAT=10.0.0.1:{mn.port} NODE=n2 "
        "console=tty0 console=ttyS0,115200"
    )
    assert table(mn, "n2", "bootparams.kcmdline", "chain.currchain") == [wanted, f"osimage={DISKLESS}"]
    assert said(mn, "n2", "enact") == (0, "n2: netboot rocky9.4-x86_64-compute\n", "")
    typed(mn, "nodeset n2 boot")
    assert table(mn, "n2", "nodetype.provmethod") == [""]


def test_what_is_missing_is_named_and_nothing_is_written(mn: Daemon, tree: Path) -> None:
    typed(mn, f"nodeset n3 osimage={IMAGE}")
    before = boots(mn, "n3"), table(mn, "n3", "chain.currstate", "nodetype.provmethod", "bootparams.kernel")
    rootimg = mn.root / "install/netboot/rocky9.4/x86_64/compute/rootimg.cpio.gz"
    rootimg.unlink()
    status, out, err = said(mn, "n3", f"osimage={DISKLESS}")
    assert (status, out) == (1, "")
    assert err == f"n3: [mn1]: Error: {rootimg.parent} has no rootimg.sfs: make it with packimage {DISKLESS}\n"
    status, out, err = said(mn, "n3", "runcmd=bmcsetup,boot")
    kernel = mn.root / "tftpboot/xcat/genesis.kernel.x86_64"
    assert (status, out, err) == (1, "", f"n3: [mn1]: Error: {kernel} is missing: make it with mknb x86_64\n")
    assert before == (
        boots(mn, "n3"),
        table(mn, "n3", "chain.currstate", "nodetype.provmethod", "bootparams.kernel"),
    )


def test_an_installation_without_answers(mn: Daemon, tree: Path) -> None:
    typed(mn, "nodeset n1 boot")
    (tree / "custom/compute.tmpl").unlink()
    status, out, err = said(mn, "n1", f"osimage={IMAGE}")
    assert (status, out) == (1, "") and "compute.tmpl" in err
    assert table(mn, "n1", "chain.currstate") == ["boot"] and boots(mn, "n1") == FROM_DISK


def test_of_two_nodes_one_fails(mn: Daemon, tree: Path) -> None:
    typed(mn, "nodeset n1,n4 boot", "chdef n4 mac=")
    status, out, err = said(mn, "n1,n4", f"osimage={IMAGE}")
    typed(mn, "chdef n4 mac=02:00:00:00:00:04")
    assert (status, out) == (1, "n1: install rocky9.4-x86_64-compute\n")
    assert err == "n4: [mn1]: Error: No MAC address available for this node: set mac.mac, or run getmacs\n"
    assert table(mn, "n4", "chain.currstate") == ["boot"] and boots(mn, "n4") == FROM_DISK


@pytest.mark.usefixtures("genesis")
def test_the_small_boot_image_and_a_chain(mn: Daemon) -> None:
    assert said(mn, "n3", "runcmd=bmcsetup -x,shell") == (0, "n3: runcmd=bmcsetup -x\n", "")
    assert '"destiny=runcmd=bmcsetup -x"' in boots(mn, "n3")
    assert f"xcatd=10.0.0.1:{mn.port}" in boots(mn, "n3")
    assert said(mn, "n3", "next") == (0, "n3: shell\n", "")
    assert said(mn, "n3", "next") == (0, "n3: standby\n", "")


def test_a_disk_that_refuses(mn: Daemon, tree: Path) -> None:
    typed(mn, "nodeset n1 boot")
    folder = mn.root / "tftpboot/xcat/osimage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    status, out, err = said(mn, "n1", f"osimage={IMAGE}")
    folder.unlink()
    assert (status, out) == (1, "") and f"The folder {folder / IMAGE} cannot be made" in err
    assert table(mn, "n1", "chain.currstate") == ["boot"] and boots(mn, "n1") == FROM_DISK


@pytest.mark.usefixtures("genesis")
def test_grub_finds_its_files_by_mac_and_address(mn: Daemon, tree: Path) -> None:
    lay(mn.root / "tftpboot/boot/grub2", {"grub2.x86_64": "grub"})
    typed(mn, "chdef n4 netboot=grub2", f"nodeset n4 osimage={IMAGE}")
    folder = mn.root / "tftpboot/boot/grub2"
    text = (folder / "n4").read_text()
    assert text.startswith("#install rocky9.4-x86_64-compute\n") and "in (http,10.0.0.1)/tftpboot (tftp," in text
    assert f"linux $place/xcat/osimage/{IMAGE}/vmlinuz quiet inst.repo=" in text
    assert (folder / "grub.cfg-01-02-00-00-00-00-04").read_text() == text == (folder / "grub.cfg-0A00000E").read_text()
    assert (folder / "grub2-n4").read_text() == "grub"
    assert not (folder / "shimx64.efi").exists()  # somebody has put grub there
    assert said(mn, "n4", "offline") == (0, "n4: offline\n", "")
    assert [path.name for path in folder.iterdir()] == ["grub2.x86_64"]
    typed(mn, "chdef n4 netboot=petitboot", "nodeset n4 shell", f"nodeset n4 osimage={IMAGE}")
    assert (
        f"\tkernel http://10.0.0.1/tftpboot/xcat/osimage/{IMAGE}/vmlinuz\n"
        in (mn.root / "tftpboot/petitboot/n4").read_text()
    )


def test_loaders_come_from_the_packages_of_the_host(mn: Daemon) -> None:
    tftpboot = mn.root / "tftpboot"
    (tftpboot / "boot/grub2/grub2.x86_64").unlink(missing_ok=True)
    typed(mn, "nodech n4 noderes.netboot=grub2", "nodeset n1,n4 boot")
    for name, source in (
        ("xcat/xnba.kpxe", "/usr/lib/ipxe/undionly.kpxe"),
        ("xcat/xnba.efi", "/usr/lib/ipxe/snponly.efi"),
        ("boot/grub2/grub2-n4", "/usr/lib/shim/shimx64.efi.signed"),
        ("boot/grub2/grubx64.efi", "/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"),
    ):
        assert (tftpboot / name).read_bytes() == Path(source).read_bytes()
    typed(mn, "nodech n4 nodetype.arch=ppc64le")
    status, out, err = said(mn, "n4", "boot")
    typed(mn, "nodech n4 nodetype.arch=x86_64 noderes.netboot=xnba")
    assert (status, out) == (0, "n4: boot\n")
    assert err == (
        f"Warning: [mn1]: {tftpboot}/boot/grub2/grub2.ppc is missing: install grub-ieee1275-bin of ppc64el, or put the file there\n"
    )


def test_files_that_say_it_already_are_left(mn: Daemon, tree: Path) -> None:
    typed(mn, f"nodeset n1 osimage={IMAGE}")
    path = mn.root / "tftpboot/xcat/xnba/nodes/n1"
    kernel = mn.root / f"tftpboot/xcat/osimage/{IMAGE}/vmlinuz"
    before = path.stat().st_ino, kernel.stat().st_ino
    typed(mn, f"nodeset n1 osimage={IMAGE}")
    assert before == (path.stat().st_ino, kernel.stat().st_ino)
    (mn.root / "install/rocky9.4/x86_64/images/pxeboot/vmlinuz").write_text("a newer one")
    typed(mn, f"nodeset n1 osimage={IMAGE} --noupdateinitrd")
    assert kernel.read_text() == "a kernel"
    typed(mn, f"nodeset n1 osimage={IMAGE}")
    assert kernel.read_text() == "a newer one"


def test_scripts_of_the_site(mn: Daemon, tree: Path) -> None:
    folder = lay(
        mn.root / "install/prescripts",
        {
            "each": "#!/bin/sh\n#xCAT setting: MAX_INSTANCE=2\necho $NODES does $ACTION\n",
            "all": "#!/bin/sh\necho $NODES\n",
            "fails": "#!/bin/sh\necho no such rack\nexit 3\n",
        },
    )
    for path in folder.iterdir():
        path.chmod(0o755)
    typed(mn, "chtab node=compute prescripts.begin='osimage:each|boot:fails' prescripts.end=all")
    status, out, err = said(mn, "n1,n3", f"osimage={IMAGE}")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "mn1: Running begin script each for nodes n1,n3."
    assert sorted(lines[1:3]) == [f"mn1: each: {node} does osimage={IMAGE}" for node in ("n1", "n3")]
    assert lines[3:5] == ["mn1: Running end script all for nodes n1,n3.", "mn1: all: n1,n3"]
    status, out, err = said(mn, "n1", "boot")
    assert (status, out) == (1, "mn1: Running begin script fails for nodes n1.\n")
    assert err == "n1: [mn1]: Error: fails: return code=3. Error message=no such rack\n"
    assert said(mn, "n1", "stat")[1] == "n1: install rocky9.4-x86_64-compute\n"
    (folder / "fails").chmod(0o757)
    assert "can be written by others" in said(mn, "n1", "boot")[2]
    typed(mn, "chtab -d node=compute prescripts")
    (folder / "fails").unlink()


def test_who_hangs_up_in_the_middle_leaves_everything_as_it_was(mn: Daemon, tree: Path) -> None:
    typed(mn, "nodeset n1 boot")
    begun = mn.root / "begun"
    script = lay(mn.root / "install/prescripts", {"waits": f"#!/bin/sh\necho $$ >{begun}\nexec sleep 1000\n"}) / "waits"
    script.chmod(0o755)
    typed(mn, "chtab node=compute prescripts.begin=waits")
    with Typed(mn, "nodeset", "n1", f"osimage={IMAGE}") as command:
        number = until(lambda: begun.exists() and begun.read_text().strip(), "the script")
        command.process.send_signal(signal.SIGINT)
        assert command.end()[0] == 130
    until(lambda: not Path(f"/proc/{number}").exists(), "the end of the script")
    typed(mn, "chtab -d node=compute prescripts")
    assert (said(mn, "n1", "stat")[1], boots(mn, "n1")) == ("n1: boot\n", FROM_DISK)
    assert said(mn, "n1", f"osimage={IMAGE}")[0] == 0


@pytest.mark.parametrize(
    "words, sentence",
    [
        ("reinstall", "Error: Invalid argument: 'reinstall'\n"),
        ("boot=now", "Error: Invalid argument: 'boot=now': boot takes no value\n"),
        ("runimage", "Error: Invalid argument: 'runimage': write runimage=WHAT\n"),
        ("osimage=none", "Error: There is no osimage none; see: lsdef -t osimage\n"),
        ("shell,osimage=none", "Error: There is no osimage none; see: lsdef -t osimage\n"),
    ],
)
def test_words_that_make_no_sense(mn: Daemon, words: str, sentence: str) -> None:
    status, out, err = said(mn, "n1", words)
    assert (status, out, err.replace("[mn1]: ", "")) == (1, "", sentence)


def test_a_kind_of_loader_must_be_known(mn: Daemon) -> None:
    typed(mn, "chdef n2 netboot=yaboot")
    err = said(mn, "n2", "boot")[2]
    typed(mn, "chdef n2 netboot=xnba")
    assert "noderes.netboot is yaboot: set it to one of xnba, grub2, petitboot" in err


def test_a_node_that_is_installed_goes_on_by_itself(mn: Daemon, tree: Path) -> None:
    typed(mn, "chdef n4 netboot=xnba ip=127.3.0.4", f"nodeset n4 osimage={IMAGE}")
    assert say("127.0.0.1", opened(mn), "127.3.0.4", "next") == ["ready", "done"]
    until(lambda: said(mn, "n4", "stat")[1] == "n4: boot\n", "the next step")
    assert boots(mn, "n4") == FROM_DISK


async def test_a_rack_that_is_done_at_once_goes_on_in_few_runs(mn: Daemon) -> None:
    typed(
        mn,
        "nodeadd w[1-200] groups=wave noderes.netboot=xnba noderes.xcatmaster=10.0.0.1 chain.chain=offline,boot",
        "chdef -t group wave ip='|w(\\d+)|127.3.1.($1)|' mac='|w(\\d+)|02:00:00:00:0($1/100):($1%100)|'",
        "nodech w77 chain.chain=",
    )
    port, others = opened(mn), [(f"127.3.1.{number}", "next") for number in range(1, 201) if number != 77]
    heard, refused = await asyncio.gather(
        say_at_once("127.0.0.1", port, others), asyncio.to_thread(say, "127.0.0.1", port, "127.3.1.77", "next")
    )
    sentence = "refused: w77: There is no next step: chain.currchain and chain.chain are not set"
    assert (heard, refused) == (199, ["ready", sentence])
    assert table(mn, "wave", "chain.currstate").count("offline") == 199
    runs = [words for words in histories(mn, "nodeset") if words.startswith("w")]
    assert 1 <= len(runs) <= 10, runs
