"""What switches get."""

from __future__ import annotations

from pathlib import Path

import pytest

from xcatd.errors import ServiceError, UsageError
from xcatd.remote.devices import Device, read_device

KEY = 'ssh-rsa AAAA "root"'


def write(root: Path, kind: str, text: str) -> None:
    folder = root / "var/opt/xcat" / kind
    folder.mkdir(parents=True)
    (folder / "config").write_text(text)


def test_one_that_nobody_knows_takes_commands_as_they_are(tmp_path: Path) -> None:
    device = read_device(tmp_path, "EthSwitch::Other")
    assert (device, device.line("show vlan; end")) == (Device(), "show vlan; end")


def test_one_that_is_known(tmp_path: Path) -> None:
    mellanox = read_device(tmp_path, "IBSwitch::Mellanox")
    assert mellanox.line('enable; show "x" ;') == r'cli "enable" "show \"x\""'
    assert read_device(tmp_path, "IBSwitch::QLogic").letting_in(KEY) == r'sshKey add "ssh-rsa AAAA \"root\""'


def test_a_file_of_the_site_counts(tmp_path: Path) -> None:
    text = "# ours\n[main]\nssh-setup-command=key add\n[xdsh]\npre-command=terminal length 0;\npost-command=NULL\n"
    write(tmp_path, "EthSwitch/Ours", text)
    device = read_device(tmp_path, "EthSwitch::Ours")
    assert device.line("show vlan") == "terminal length 0; show vlan"
    assert device.letting_in("k").startswith("key add")
    write(tmp_path, "IBSwitch/QLogic", "[main]\nssh-setup-command=\n[xdsh]\npost-command=showLastRetcode -brief\n")
    device = read_device(tmp_path, "IBSwitch::QLogic")
    assert (device.line("fru"), device.keys) == ("fru;showLastRetcode -brief", "")


def test_what_is_no_type_and_what_is_no_file(tmp_path: Path) -> None:
    for kind in ("../../etc", "A::../B", "A/B", ""):
        with pytest.raises(UsageError, match="is no type of devices"):
            read_device(tmp_path, kind)
    write(tmp_path, "Odd", "pre-command=x\n")
    with pytest.raises(ServiceError, match=r"Odd/config cannot be read \(File contains no section headers"):
        read_device(tmp_path, "Odd")
