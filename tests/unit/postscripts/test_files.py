"""What the scripts write on each family of distributions; they do nothing the second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.scripts import image

FAMILIES = ("debian", "redhat", "suse")


@pytest.mark.parametrize("family", FAMILIES)
def test_syslog(tmp_path: Path, family: str) -> None:
    made = image(tmp_path, family)
    assert made.done("syslog", MASTER="10.0.0.1") == ["wrote /etc/rsyslog.d/60-xcat.conf"]
    assert 'target="10.0.0.1" port="514" protocol="tcp"' in made.text("/etc/rsyslog.d/60-xcat.conf")
    assert made.done("syslog", MASTER="10.0.0.1") == ["nothing to do"]
    assert made.done("syslog", MASTER="10.0.0.1", LOGSERVERS="10.9.9.9") == ["wrote /etc/rsyslog.d/60-xcat.conf"]


def test_servers_keep_their_own(tmp_path: Path) -> None:
    made = image(tmp_path)
    assert made.done("syslog", NTYPE="service")[-1] == "nothing to do"
    assert made.done("setupntp", NTYPE="service")[-1] == "nothing to do"
    assert not (made.root / "etc/rsyslog.d").exists()


@pytest.mark.parametrize(
    "family, conf",
    [("debian", "/etc/chrony/chrony.conf"), ("redhat", "/etc/chrony.conf"), ("suse", "/etc/chrony.conf")],
)
def test_setupntp(tmp_path: Path, family: str, conf: str) -> None:
    made = image(tmp_path, family)
    made.put(conf, "pool example.org\n")
    given = {"NTPSERVERS": "<xcatmaster>, 10.0.0.2", "MASTER": "sn1", "MASTER_IP": "10.0.0.1"}
    assert made.done("setupntp", **given) == [f"wrote {conf}"]
    lines = made.text(conf).splitlines()
    assert lines[1:3] == ["server 10.0.0.1 iburst", "server 10.0.0.2 iburst"]
    assert made.text(f"{conf}.xcatbak") == "pool example.org\n"
    assert made.done("setupntp", **given) == ["nothing to do"]


def test_the_time_zone(tmp_path: Path) -> None:
    made = image(tmp_path)
    made.put("/usr/share/zoneinfo/Europe/Berlin", "")
    assert made.done("setupntp", MASTER="m", TIMEZONE="Europe/Berlin")[1] == "the time zone is Europe/Berlin"
    assert str((made.root / "etc/localtime").readlink()) == "/usr/share/zoneinfo/Europe/Berlin"
    assert made.done("setupntp", MASTER="m", TIMEZONE="Europe/Berlin") == ["nothing to do"]
    assert "is not known here" in made.done("setupntp", MASTER="m", TIMEZONE="No/Where")[0]


def test_mkresolvconf(tmp_path: Path) -> None:
    made = image(tmp_path)
    given = {"DOMAIN": "c.net", "NAMESERVERS": "<xcatmaster>,10.0.0.2,10.0.0.3,10.0.0.4", "MASTER_IP": "10.0.0.1"}
    assert made.done("mkresolvconf", **given) == ["wrote /etc/resolv.conf"]
    assert made.text("/etc/resolv.conf").splitlines()[1:] == [
        "search c.net",
        *(f"nameserver 10.0.0.{number}" for number in (1, 2, 3)),
    ]
    assert made.done("mkresolvconf", **given) == ["nothing to do"]
    made.done("mkresolvconf", NODENAMESERVERS="10.0.0.9", **given)
    assert "nameserver 10.0.0.9\n" in made.text("/etc/resolv.conf")


def test_who_writes_resolv_conf_is_told(tmp_path: Path) -> None:
    made = image(tmp_path, "suse")
    made.put("/etc/NetworkManager/NetworkManager.conf", "")
    made.put("/etc/sysconfig/network/config", 'A="1"\nNETCONFIG_DNS_POLICY="auto"\n')
    (made.root / "etc/resolv.conf").symlink_to("/run/netconfig/resolv.conf")
    made.done("mkresolvconf", DOMAIN="c.net", MASTER_IP="10.0.0.1")
    assert "dns=none" in made.text("/etc/NetworkManager/conf.d/90-xcat-dns.conf")
    assert made.text("/etc/sysconfig/network/config").splitlines() == [
        'A="1"',
        'NETCONFIG_DNS_POLICY=""',
        'NETCONFIG_DNS_STATIC_SERVERS="10.0.0.1"',
        'NETCONFIG_DNS_STATIC_SEARCHLIST="c.net"',
    ]
    assert not (made.root / "etc/resolv.conf").is_symlink()
    assert made.done("mkresolvconf", DOMAIN="c.net", MASTER_IP="10.0.0.1") == ["nothing to do"]


def test_systemds_resolver_keeps_its_link(tmp_path: Path) -> None:
    made = image(tmp_path)
    (made.root / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
    assert made.done("mkresolvconf", DOMAIN="c.net", MASTER_IP="10.0.0.1") == [
        "wrote /etc/systemd/resolved.conf.d/xcat.conf"
    ]
    assert made.text("/etc/systemd/resolved.conf.d/xcat.conf").splitlines()[1:] == [
        "[Resolve]",
        "DNS=10.0.0.1",
        "Domains=c.net",
    ]


def test_remoteshell(tmp_path: Path) -> None:
    made = image(tmp_path)
    ended = made.run("remoteshell")
    assert ended.returncode == 1 and "run xcatconfig -k on the management node" in ended.stderr
    for name, text in (
        ("_ssh/authorized_keys", "ssh-rsa AAAA root@mn\n"),
        ("hostkeys/ssh_host_ca.pub", "ssh-rsa BBBB ca\n"),
    ):
        (made.scripts / name).parent.mkdir(exist_ok=True)
        (made.scripts / name).write_text(text)
    made.put("/root/.ssh/authorized_keys", "ssh-rsa CCCC mine\n")
    made.put("/etc/ssh/sshd_config", "Port 22\n  permitrootlogin no\n")
    made.done("remoteshell")
    assert made.text("/root/.ssh/authorized_keys").splitlines() == ["ssh-rsa CCCC mine", "ssh-rsa AAAA root@mn"]
    assert (made.mode("/root/.ssh/authorized_keys"), made.mode("/root/.ssh")) == (0o600, 0o700)
    assert made.text("/etc/ssh/ssh_known_hosts") == "@cert-authority * ssh-rsa BBBB ca\n"
    assert made.text("/etc/ssh/sshd_config") == "Port 22\nPermitRootLogin prohibit-password\n"
    assert made.done("remoteshell") == ["nothing to do"]
