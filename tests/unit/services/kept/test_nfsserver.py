"""What a host exports, as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.objects.worlds import Rows, nodes, world
from tests.unit.services.places import place
from xcatd.errors import ServiceError
from xcatd.services.fileservice import Rendered
from xcatd.services.kept import nfsserver
from xcatd.services.kept.nfsserver import NfsServer
from xcatd.services.nfs import mounts
from xcatd.services.service import ON
from xcatd.services.statelite.exports import wanted_of

NETWORKS: Rows = [{"netname": "rack", "net": "10.0.0.0", "mask": "255.255.0.0"}]
DISK = "21 1 254:1 / / rw - ext4 /dev/vda1 rw\n"
LINE = "/install 10.0.0.0/16(rw,no_root_squash,sync,no_subtree_check)\n"
OURS = Path("/etc/exports.d/xcat.exports")


@pytest.fixture(autouse=True)
def _without_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs the tests."""
    for module in (nfsserver, mounts):
        monkeypatch.setattr(module, "has_systemd", lambda: False)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host has the kernel's server."""
    monkeypatch.setattr(nfsserver, "_has_kernels", lambda place: True)


def rendered(
    files: Mapping[str, str] | None = None,
    *,
    is_master: bool = False,
    mounted: str = DISK,
    networks: Rows = NETWORKS,
    site: Rows = (),
    nodetype: Rows = (),
    noderes: Rows = (),
    statelite: Rows = (),
    litetree: Rows = (),
    images: tuple[Rows, Rows] = ((), ()),
) -> Rendered:
    found = place(
        is_master=is_master,
        nodelist=nodes(sn1="service"),
        servicenode=[{"node": "sn1", "nfsserver": "1"}],
        networks=networks,
        site=site,
        nodetype=nodetype,
        noderes=noderes,
        statelite=statelite,
        litetree=litetree,
        osimage=images[0],
        linuximage=images[1],
    )
    texts = {Path("/proc/self/mountinfo"): mounted, **{Path(path): text for path, text in (files or {}).items()}}
    return NfsServer().render(found, ON, lambda path: texts.get(path, ""))


def exports(found: Rendered) -> str | None:
    """The lines that are ours; None: no file."""
    text = found.files[OURS].text
    return text.partition("\n")[2] if text is not None else None


@pytest.mark.usefixtures("kernel")
class TestTheKernelsServer:
    def test_a_service_node_exports_the_install_folder(self) -> None:
        assert exports(rendered()) == LINE
        assert rendered().folders == [Path("/install")]

    def test_a_management_node_exports_the_boot_files_too(self) -> None:
        assert exports(rendered(is_master=True)) == LINE + LINE.replace("/install", "/tftpboot")

    def test_the_folders_that_the_site_says(self) -> None:
        site = [{"key": "installdir", "value": "/srv/install"}]
        assert exports(rendered(site=site)) == LINE.replace("/install", "/srv/install")

    def test_clients_with_aix_may_come_from_any_port(self) -> None:
        assert "no_subtree_check,insecure)" in str(exports(rendered(nodetype=[{"node": "a1", "os": "AIX"}])))
        assert exports(rendered(nodetype=[{"node": "a1", "os": "rhels9"}])) == LINE

    def test_what_comes_from_elsewhere_is_not_exported(self) -> None:
        mounted = DISK + "95 21 0:61 / /install rw - nfs4 mn1:/install rw,addr=10.0.0.1\n"
        assert exports(rendered(mounted=mounted)) is None
        master = {"key": "master", "value": "mn1"}
        assert exports(rendered(site=[master, {"key": "installloc", "value": "/install"}])) is None

    def test_who_has_the_files_for_other_service_nodes_exports_them(self) -> None:
        assert exports(rendered(site=[{"key": "installloc", "value": "sn1:/install"}])) == LINE

    def test_a_folder_in_memory_has_a_number(self) -> None:
        assert ",fsid=" in str(exports(rendered(mounted="21 1 0:9 / / rw - tmpfs none rw\n")))

    def test_what_the_site_exports_itself_is_the_sites(self) -> None:
        assert exports(rendered({"/etc/exports": "/install *(ro)\n"})) is None
        assert exports(rendered({"/etc/exports": "/tftpboot *(ro)\n"}, is_master=True)) == LINE


def test_without_networks_nobody_could_be_served() -> None:
    with pytest.raises(ServiceError, match="table networks has no networks"):
        rendered(networks=[])


def test_ganesha_reads_a_file_of_ours_beside_its_own() -> None:
    files = rendered({"/etc/ganesha/ganesha.conf": "LOG {}\n"}).files
    main, ours = files[Path("/etc/ganesha/ganesha.conf")], files[Path("/etc/ganesha/xcat.conf")]
    assert str(main.text).startswith("LOG {}\n")
    assert str(main.text).endswith('%include "/etc/ganesha/xcat.conf"\n')
    assert main.keeps
    assert 'Path = "/install";' in str(ours.text)
    assert "RecoveryRoot" not in str(ours.text)
    assert "NFSV4 { Only_Numeric_Owners = true; }\n" in str(ours.text)


def test_a_folder_that_the_site_has_in_ganesha_is_the_sites() -> None:
    files = rendered({"/etc/ganesha/ganesha.conf": 'EXPORT { Path = "/install"; }\n'}).files
    assert "EXPORT" not in str(files[Path("/etc/ganesha/xcat.conf")].text)


def test_everybody_is_warned_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(nfsserver, "_has_kernels", lambda place: True)
    (tmp_path / "etc/exports.d").mkdir(parents=True)
    (tmp_path / "etc/exports").write_text(f"{tmp_path}/install *(rw,insecure)\n")
    found = place(tmp_path, nodelist=nodes(sn1="service"), networks=NETWORKS)
    (warning,) = nfsserver._warnings(found)
    assert warning.startswith(f"{tmp_path}/install is exported to everybody")
    (tmp_path / "etc/exports").write_text(f"{tmp_path}/install @rack(rw)\n")
    assert nfsserver._warnings(found) == []


def lite(folder: str = "/srv/images/lite", rootfstype: str = "") -> tuple[Rows, Rows]:
    """Rows of osimage and of linuximage."""
    one = {"imagename": "lite", "provmethod": "statelite", "rootfstype": rootfstype}
    return [one], [{"imagename": "lite", "rootimgdir": folder}]


@pytest.mark.usefixtures("kernel")
class TestStatelite:
    def test_the_folder_with_an_image(self) -> None:
        assert LINE.replace("/install", "/srv/images/lite") in str(exports(rendered(is_master=True, images=lite())))
        assert exports(rendered(images=lite())) == LINE  # it is not there

    def test_it_is_there_with_the_install_folder(self) -> None:
        assert exports(rendered(images=lite("/install/netboot/lite"))) == LINE
        mounted = DISK + "22 21 254:2 / /install/netboot rw - ext4 /dev/vdb1 rw\n"
        found = exports(rendered(is_master=True, mounted=mounted, images=lite("/install/netboot/lite")))
        assert LINE.replace("/install", "/install/netboot/lite") in str(found)

    def test_images_in_memory_need_none(self) -> None:
        assert "/srv" not in str(exports(rendered(is_master=True, images=lite(rootfstype="ramdisk"))))

    @pytest.mark.parametrize("server", ["sn1", "10.0.0.2", "$noderes.nfsserver", "$noderes.xcatmaster"])
    def test_folders_of_nodes_that_lie_here(self, server: str) -> None:
        found = rendered(
            noderes=[{"node": "sn1", "nfsserver": "sn1", "xcatmaster": "10.0.0.2"}],
            statelite=[{"node": "all", "statemnt": f"{server}:/state"}],
            litetree=[
                {"priority": "1", "directory": f"{server}:/trees/$node/x"},
                {"priority": "2", "directory": "/in/the/image"},
                {"priority": "3", "directory": "nas:/elsewhere"},
            ],
        )
        assert exports(found) == "".join(LINE.replace("/install", name) for name in ("/install", "/state", "/trees"))
        assert Path("/state") in found.folders

    @pytest.mark.parametrize("folder", ["/", "/$node", "/etc/x", "relative"])
    def test_folders_of_the_host_itself_are_not_given_to_nodes(self, folder: str) -> None:
        rows = [{"node": "all", "statemnt": f"sn1:{folder}"}]
        assert exports(rendered(statelite=rows)) == LINE
        (said,) = wanted_of(world(statelite=rows), lambda name: name == "sn1").refused
        assert said.startswith(f"'sn1:{folder}' of table statelite is not exported")
