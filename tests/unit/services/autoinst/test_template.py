"""Directives in a site's own template."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping

import pytest

from tests.unit.objects.worlds import Rows
from tests.unit.services.autoinst.sites import HASH, KEY, TEMPLATE, answers, at
from tests.unit.services.postscripts.sheets import site
from xcatd.errors import ServiceError
from xcatd.services.autoinst.checking import CHECKERS


@pytest.fixture(autouse=True)
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a host without the checkers: what they say is in test_checking.py, and each takes as long as all of this."""
    absent = dict.fromkeys(CHECKERS, ("no-such-program", ""))
    monkeypatch.setattr("xcatd.services.autoinst.checking.CHECKERS", absent)


async def lines(
    template: str, files: Mapping[str, str] | None = None, tables: Mapping[str, Rows] | None = None, **more: Rows
) -> list[str]:
    """The text of a kickstart file, without the first lines, which make it one that can be used."""
    head = "text\nlang en_US\nrootpw x\n"
    made = await answers(at(files={TEMPLATE: head + template, **(files or {})}, tables={**(tables or {}), **more}))
    return made.text.splitlines()[3:]


async def said(template: str, files: Mapping[str, str] | None = None, **more: Rows) -> str:
    with pytest.raises(ServiceError) as raised:
        await lines(template, files, more)
    return str(raised.value)


@pytest.mark.parametrize(
    "directive, value",
    [
        ("TABLE:site:key=domain:value", "c.net"),
        ("TABLE:site:key=httpport:value", "80"),
        ("TABLE:nodetype:$NODE:os", "rocky9.4"),
        ("TABLE:nodetype:THISNODE:arch", "x86_64"),
        ("TABLE:nodelist:$NODE:node", "n1"),
        ("TABLE:noderes:$NODE:nfsserver", "10.0.0.1"),
        ("TABLE:noderes:$NODE:xcatmaster", "10.0.0.1"),
        ("TABLE:hosts:n1:ip", "10.0.0.9"),
        ("TABLE:mac:$NODE:mac", "52:54:00:00:00:01"),
        ("TABLE:networks:net=10.0.0.0:netname", "net"),
        ("TABLEBLANKOKAY:nodehm:$NODE:serialport", "''"),
        ("CRYPT:passwd:key=system,username=root:password", f"'{HASH}'"),
        ("CRYPTORLOCKED:passwd:key=system,username=nobody:password", "'*'"),
        ("XCATVAR:XCATMASTER", "10.0.0.1"),
        ("ENV:MASTER_IP", "10.0.0.1"),
        ("XCATVAR:INSTALL_SRC_DIR", "/install/rocky9.4/x86_64"),
        ("XCATVAR:HTTPSERVER", "10.0.0.1:80"),
        ("XCATVAR:XCATIPORT", "3002"),
        ("HOSTNAME", "n1"),
        ("COLONHTTPPORT", ":80"),
        ("GETPRINICMAC:THISNODE", "52:54:00:00:00:01"),
        ("GETNODEDOMAIN:THISNODE", "c.net"),
    ],
)
async def test_values(directive: str, value: str) -> None:
    assert await lines(f"%post\nA=#{directive}# B\n%end\n") == ["%post", f"A={value} B", "%end"]


async def test_values_stand_beside_each_other() -> None:
    template = "url --url http://#XCATVAR:XCATMASTER##COLONHTTPPORT#/install/autoinst/#HOSTNAME#.post\n"
    assert await lines(template) == ["url --url http://10.0.0.1:80/install/autoinst/n1.post"]


async def test_blocks_stand_on_a_line_by_themselves() -> None:
    files = {
        "/install/custom/p.pkglist": "@core\nbash, vim\n-rsh\n#INCLUDE:more#\n",
        "/install/custom/more": "gcc\nvim\n",
        "/install/custom/q": "perl\n",
        "/install/postscripts/_ssh/authorized_keys": f"# mine\n{KEY}\n",
    }
    linux = [
        {
            "imagename": "img",
            "template": TEMPLATE,
            "pkgdir": "/install/a,http://m/b c",
            "pkglist": "/install/custom/p.pkglist",
        }
    ]
    template = "#INSTALL_SOURCES#\n  #KICKSTARTNET#\n%packages\n#INCLUDE_DEFAULT_PKGLIST#\n#INCLUDE_PKGLIST:q#\n%end\n"
    template += "%post\n#ROOT_SSH_KEYS#\n%end\n"
    assert await lines(template, files, linuximage=linux) == [
        "url --url http://10.0.0.1:80/install/a",
        "repo --name=pkgdir1 --baseurl='http://m/b c'",
        "  network --onboot=yes --bootproto=dhcp --device=52:54:00:00:00:01 --hostname=n1",
        *("%packages", "@core", "bash", "vim", "-rsh", "gcc", "perl", "%end"),
        *("%post", f"key '{KEY}'", "%end"),
    ]


async def test_sources_that_a_script_writes() -> None:
    linux = [{"imagename": "img", "template": TEMPLATE, "pkgdir": "/install/a,http://m/it's"}]
    template = "%include /tmp/repos\n%pre\n#INSTALL_SOURCES_IN_PRE#\n%end\n%post\n#WRITEREPO#\n%end\n"
    made = await lines(template, linuximage=linux)
    before, after = "\n".join(made).split("%end")[:2]
    shown = [
        subprocess.run(["sh", "-eu"], input=part, capture_output=True, text=True, check=True, timeout=20).stdout  # noqa: ASYNC221
        for part in (
            before.partition("%pre")[2].replace(">>/tmp/repos", ""),
            re.sub(">/etc/yum.repos.d/xcat-(.).repo", "", after.partition("%post")[2]).replace(
                "mkdir -p /etc/yum.repos.d", ""
            ),
        )
    ]
    assert shown[0].splitlines() == [
        "url --url http://10.0.0.1:80/install/a",
        "repo --name=pkgdir1 --baseurl='http://m/it'\"'\"'s'",
    ]
    urls = [line.partition("=")[2] for line in shown[1].splitlines() if line.startswith("baseurl=")]
    tree = "http://10.0.0.1:80/install/a"
    assert urls == [f"{tree}/BaseOS", f"{tree}/AppStream", "http://m/it's"]


async def test_arguments_of_the_kernel_that_stay() -> None:
    tables: dict[str, Rows] = {
        "linuximage": [
            {"imagename": "img", "template": TEMPLATE, "pkgdir": "/install/a", "addkcmdline": "quiet R::nomodeset"}
        ],
        "bootparams": [{"node": "n1", "addkcmdline": "R::a=b c=d"}],
        "nodehm": [{"node": "n1", "serialport": "0", "serialspeed": "9600", "serialflow": "hard"}],
    }
    made = await lines("#KICKSTARTBOOTLOADER#\n", tables=tables)
    assert made == ["bootloader --append='nomodeset a=b console=tty0 console=ttyS0,9600n8r'"]


async def test_comments_and_debugging_stay_comments() -> None:
    template = (
        "#nfs --server #XCATVAR:NOSUCH#\n##KICKSTARTBOOTLOADER#\n%post\n#UNCOMMENTOENABLEDEBUGPORT#nc -l -e sh\n%end\n"
    )
    assert await lines(template) == template.splitlines()


async def test_variables_of_the_image_count_and_those_of_the_daemon_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    image = [{"imagename": "img", "provmethod": "install", "osvers": "rocky9.4", "environvar": "A=b c,D=e"}]
    assert await lines("# x\nlang #ENV:A##XCATVAR:D#\n", osimage=image) == ["# x", "lang 'b c'e"]
    assert (
        "there is no variable SECRET: set it in osimage.environvar of img; there are A, ANSWERSERVER, ARCH, D, HTTPPORT"
        in await said("lang #ENV:SECRET#\n", osimage=image)
    )


async def test_files_are_included_and_so_are_those_of_folders_that_directives_name() -> None:
    files = {
        "/install/custom/sub/a": "# a\n#INCLUDE:b#\n",
        "/install/custom/sub/b": "timezone #TABLE:site:key=timezone:value#\n",
        "/opt/xcat/share/xcat/install/scripts/pre": "skipx\n",
    }
    template = "#INCLUDE:sub/a#\n #INCLUDE:#ENV:XCATROOT#/share/xcat/install/scripts/pre#\n"
    template += "#INCLUDE:#TABLE:site:key=installdir:value#/custom/sub/b#\n"
    assert await lines(template, files) == ["# a", "timezone Europe/Berlin", "skipx", "timezone Europe/Berlin"]


@pytest.mark.parametrize(
    "line, sentence",
    [
        ("#NOSUCH#", "#NOSUCH# is no directive that is known"),
        ("a #NOSUCH:x# b", "#NOSUCH:x# is no directive that is known"),
        ("a #COMMAND: id # b", "#COMMAND: id # is not done: no command is run on the server for a template"),
        ("#MACHINEPASSWORD#", "#MACHINEPASSWORD# is not done: it is for Windows"),
        ("#WINTIMEZONE#", "#WINTIMEZONE# is for Windows"),
        ("a #KICKSTARTNET#", "#KICKSTARTNET# has to stand on a line by itself"),
        ("a #INCLUDE:x#", "#INCLUDE:x# has to stand on a line by itself"),
        ("a #TABLE:nosuch:$NODE:x#", "there is no nosuch.x"),
        ("a #TABLE:nodetype:nosuch=x:os#", "there is no nodetype.nosuch"),
        ("a #TABLE:site#", "it has to be table:key:column"),
        ("a #TABLE:nodehm:$NODE:mgt#", "nodehm.mgt is empty: set it, or write #TABLEBLANKOKAY:...#"),
        ("a #TABLE:passwd:key=system,username=root:password#", "passwd.password is a secret"),
        ("a #TABLE:ipmi:$NODE:password#", "ipmi.password is a secret"),
        ("a #TABLE:site:key=ldappassword:value#", "site.value is a secret"),
        ("a #CRYPT:ipmi:key=a,username=b:password#", "it has to be passwd:key=NAME,username=NAME:password"),
        (
            "a #CRYPT:passwd:key=system,username=bob:password#",
            "There is no password for bob: chtab key=system,username=bob",
        ),
        (
            "#INCLUDE:/etc/shadow#",
            "names /etc/shadow, which is in none of these folders: /install, /opt/xcat/share/xcat",
        ),
        ("#INCLUDE:../../etc/shadow#", "names /etc/shadow, which is in none of these folders"),
        ("#INCLUDE:gone#", "names /install/custom/gone, which is not there, or empty"),
        ("#INCLUDE:t.tmpl#", "includes itself"),
    ],
)
async def test_what_cannot_be_done_is_said_with_file_and_line(line: str, sentence: str) -> None:
    error = await said(f"skipx\n{line}\n")
    assert sentence in error
    assert re.search(r"t.tmpl line \d", error)
    assert HASH not in error


async def test_a_value_that_cannot_stand_there_is_named_but_not_shown() -> None:
    error = await said(
        "%packages\n#TABLE:nodetype:$NODE:comments#\n%end\n",
        nodetype=[{"node": "n1", "provmethod": "img", "comments": "a b"}],
    )
    assert (
        error
        == f"{TEMPLATE} line 5: the value of #TABLE:nodetype:$NODE:comments# cannot stand there: only one word can stand there"
    )


async def test_a_node_and_an_image_that_lack_something() -> None:
    assert "n1 has no osimage" in await said("", nodetype=[])
    assert "osimage img has no template: chdef -t osimage img template=FILE" in await said(
        "", linuximage=[{"imagename": "img"}]
    )
    other = [{"imagename": "img", "provmethod": "netboot"}]
    assert "osimage img is for netboot" in await said("", osimage=other)


async def test_the_server_of_packages_and_an_address_of_ip_6() -> None:
    rows = [{"node": "n1", "nfsserver": "fd00::5", "xcatmaster": "fd00::1"}]
    template = "#INSTALL_SOURCES#\nlang #XCATVAR:ANSWERSERVER#-#XCATVAR:XCATMASTER#\n"
    made = await lines(template, noderes=rows, site=site(httpport="8080"))
    assert made == ["url --url 'http://[fd00::5]:8080/install/rocky9.4/x86_64'", "lang '[fd00::1]:8080'-fd00::1"]
