"""What media are, by the texts that their makers put on them."""

from __future__ import annotations

import pytest

from xcatd.errors import UsageError
from xcatd.services.media.identity import Identity, is_clue
from xcatd.services.media.recognition import lacks_packages, recognise
from xcatd.services.media.wishes import as_wished


def discinfo(product: str, arch: str = "x86_64", disc: str = "1") -> dict[str, str]:
    return {".discinfo": f"1714608400.123456\n{product}\n{arch}\n{disc}\n"}


@pytest.mark.parametrize(
    ("line", "name", "arch", "disc"),
    [
        (
            'Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 DVD Binary-1 with firmware 20240210-11:27',
            "debian12.5.0",
            "x86_64",
            "1",
        ),
        (
            'Debian GNU/Linux 12.5.0 "Bookworm" - Official arm64 NETINST with firmware 20240210-11:27',
            "debian12.5.0",
            "aarch64",
            "NETINST",
        ),
        (
            'Debian GNU/Linux 7.1.0 "Wheezy" - Official i386 NETINST Binary-1 20130615-23:06',
            "debian7.1.0",
            "x86",
            "NETINST",
        ),
        (
            'Ubuntu-Server 22.04.3 LTS "Jammy Jellyfish" - Release amd64 (20230810)',
            "ubuntu22.04.3",
            "x86_64",
            "",
        ),
        ('Ubuntu-Server 23.10 "Mantic Minotaur" - Release amd64 (20231011)', "ubuntu23.10", "x86_64", ""),
        ('Ubuntu-Server 18.04 LTS "Bionic Beaver" - Release ppc64el (20180426)', "ubuntu18.04", "ppc64el", ""),
    ],
)
def test_debian_and_ubuntu_say_it_in_disk_info(line: str, name: str, arch: str, disc: str) -> None:
    assert recognise({".disk/info": line}) == Identity("debian", name, arch, disc)


def test_older_media_of_ubuntu_have_their_number_elsewhere() -> None:
    info = 'Ubuntu-Server 14.04.5 LTS "Trusty Tahr" - Release amd64 (20160803)'
    found = recognise({".disk/info": info, "README.diskdefines": "#define DISKNAME x\n#define DISKNUM  1\n"})
    assert found is not None
    assert found.disc == "1"


@pytest.mark.parametrize(
    ("clues", "name"),
    [
        (discinfo("Red Hat Enterprise Linux 9.4.0"), "rhels9.4.0"),
        (discinfo("Red Hat Enterprise Linux 8.10.0"), "rhels8.10.0"),
        (discinfo("Red Hat Enterprise Linux alternate 7.4"), "rhels7.4"),
        (discinfo("Rocky Linux 9.4"), "rocky9.4"),
        (discinfo("AlmaLinux 9.4"), "alma9.4"),
        (discinfo("CentOS Stream 9"), "centos-stream9"),
        (discinfo("CentOS Linux 8"), "centos8"),
        (discinfo("Fedora 40"), "fedora40"),
        (discinfo("Oracle Linux 8.10.0"), "ol8.10"),
        (discinfo("OL-9.4.0"), "ol9.4"),
        ({**discinfo("7.9"), ".treeinfo": "[general]\nfamily = CentOS\nversion = 7\n"}, "centos7.9"),
        ({**discinfo("9.4"), ".treeinfo": "[general]\nfamily = AlmaLinux\nversion = 9.4\n"}, "alma9.4"),
        ({".treeinfo": "[release]\nname = Fedora\nversion = 40\n[tree]\narch = x86_64\n"}, "fedora40"),
        ({".treeinfo": "[general]\nfamily = Red Hat Enterprise Linux\nversion = 9.3\narch = x86_64\n"}, "rhels9.3"),
        ({"media.repo": "[InstallMedia]\nname=Red Hat Enterprise Linux 8.4.0\n", **discinfo("")}, "rhels8.4.0"),
    ],
)
def test_media_of_the_family_of_rhel(clues: dict[str, str], name: str) -> None:
    found = recognise(clues)
    assert found is not None
    assert (found.family, found.name, found.arch, found.folder) == ("redhat", name, "x86_64", "")


def test_rhel_for_compute_nodes_has_a_name_of_its_own() -> None:
    variant = {".treeinfo": "[general]\nvariant = ComputeNode\n"}
    found = recognise({**discinfo("Red Hat Enterprise Linux 7.2"), **variant})
    assert found is not None
    assert found.name == "rhelhpc7.2"


def medium(text: str) -> dict[str, str]:
    return {"media.1/media": f"SUSE - {text}\n{text}\n1\n"}


LEAP = {".treeinfo": "[release]\nname = openSUSE Leap\nversion = 15.6\n[general]\narch = x86_64\n"}
SLES12 = {
    "content": "DISTRO cpe:/o:suse:sles:12:sp3,SUSE Linux Enterprise Server 12 SP3\nREPOID obsproduct://b/SLES/12.3/DVD/x86_64\n",
    "media.1/media": "SUSE\n20170801\n1\n",
    "media.1/products": "/ SLES12-SP3 12.3-0\n",
}
SDK = {**SLES12, "media.1/products": "/ SDK12-SP3 12.3-0\n"}
SLES11 = {
    "content": "VERSION 11.4-1.109\nDEFAULTBASE ppc64\n",
    "media.2/media": "SUSE\n2015\n2\n",
    "media.2/products": "/ SUSE-Linux-Enterprise-Server 11.4-1.109\n",
}


@pytest.mark.parametrize(
    ("clues", "name", "arch", "folder", "aliases"),
    [
        (medium("SLE-15-SP5-Full-x86_64-Build105.3-Media1"), "sle15.5", "x86_64", "1", ("2",)),
        (medium("SLE-15-SP5-Online-aarch64-Build105.3-Media1"), "sle15.5", "aarch64", "1", ()),
        (medium("SLE-15-Installer-DVD-x86_64-Build668.1-Media1"), "sle15", "x86_64", "1", ()),
        (medium("SLE-15-SP1-Packages-ppc64le-Build228.2-Media1"), "sle15.1", "ppc64le", "2", ()),
        (medium("SLE-15-SP1-Packages-x86_64-Build228.2-Media2"), "sle15.1", "x86_64", "packages2", ()),
        (medium("openSUSE-Leap-15.6-DVD-x86_64-Build710.3-Media"), "leap15.6", "x86_64", "1", ()),
        (
            {".treeinfo": "[release]\nname = openSUSE Leap\nversion = 15.6\n[general]\narch = x86_64\n"},
            "leap15.6",
            "x86_64",
            "1",
            (),
        ),
        (SLES12, "sles12.3", "x86_64", "1", ()),
        (SDK, "sles12.3", "x86_64", "sdk1", ()),
        (SLES11, "sles11.4", "ppc64", "2", ()),
    ],
)
def test_media_of_suse_have_folders_of_their_own(
    clues: dict[str, str], name: str, arch: str, folder: str, aliases: tuple[str, ...]
) -> None:
    found = recognise(clues)
    assert found == Identity("suse", name, arch, folder, folder, aliases)


@pytest.mark.parametrize(
    "clues",
    [
        {},
        {".disk/info": "something else"},
        {".treeinfo": "no INI file"},
        {"media.1/media": "SUSE - another product"},
        {"content": "VERSION 1\n", "media.1/media": "x", "media.1/products": "/ A game 1"},
        discinfo("My own Linux 1.0"),
    ],
)
def test_other_media_are_not_recognised(clues: dict[str, str]) -> None:
    assert recognise(clues) is None


def test_only_small_files_that_tell_something_are_read() -> None:
    names = [
        ".disk/info",
        ".treeinfo",
        "media.1/media",
        "media.12/products",
        "content",
        "dists/content",
        "media.x/media",
    ]
    assert [is_clue(name) for name in names] == [True, True, True, True, True, False, False]


def test_some_media_have_too_few_packages() -> None:
    assert lacks_packages(["casper/vmlinuz"], Identity("debian", "ubuntu22.04.3"))
    assert lacks_packages([], Identity("debian", "debian12.5.0", disc="NETINST"))
    assert not lacks_packages(["pool/a.deb"], Identity("debian", "debian12.5.0", disc="1"))


ROCKY = Identity("redhat", "rocky9.4", "x86_64", "1")


def test_the_caller_may_call_a_medium_otherwise() -> None:
    assert as_wished(ROCKY, "rocky9.4-supp", "") == Identity("redhat", "rocky9.4-supp", "x86_64", "1")
    assert as_wished(ROCKY, "", "x86_64") == ROCKY
    debian = Identity("debian", "debian12.5.0", "x86_64")
    assert as_wished(debian, "", "amd64") == debian
    assert as_wished(None, "rhels9.9", "i686") == Identity("redhat", "rhels9.9", "x86")
    assert as_wished(None, "sle15.9", "x86_64") == Identity("suse", "sle15.9", "x86_64", folder="1")


@pytest.mark.parametrize(
    ("found", "name", "arch", "said"),
    [
        (None, "", "", "copycds could not identify the ISO supplied, you may wish to try -n <osver>"),
        (None, "rocky9", "", "copycds could not identify the ARCH, you may wish to try -a <arch>."),
        (None, "mine1", "x86_64", "mine1 is no distribution that is known here"),
        (ROCKY, "", "ppc64le", "Requested distribution architecture ppc64le, but media is x86_64"),
        (ROCKY, "debian12", "", "The medium is rocky9.4, which cannot be called debian12"),
        (ROCKY, "rocky/../../etc", "", "cannot be the name of a folder"),
        (Identity("debian", "debian../../etc", "x86_64"), "", "", "cannot be the name of a folder"),
    ],
)
def test_what_does_not_go_together_is_refused(found: Identity | None, name: str, arch: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("(", r"\(").replace(".", r"\.")):
        as_wished(found, name, arch)
