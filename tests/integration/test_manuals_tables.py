"""The command lines of five old manuals that set up tables, nodes and objects: typed as they stand there, they work.

A test is a section of a manual, in the manual's order. Where it shows a table, the rows must be in ours, column by column:
today's tables have more columns. Angle brackets of a manual (`<image name>`) are filled in. Lines that a manual broke are
one line here.

What the manuals have wrong, and what was decided:

* "How-To Setup Hierarchy", 2.1.3 writes `setupftpt` for what is `setuptftp`: both are taken.
* The same, 2.1.4 and 1.1.1, writes `chdef -t node -o GROUP` and shows a row of the group. With xCAT 2.19 this changes the
  group's nodes, each with a row of its own, and so it does here; for the row that is shown it is `-t group`.
* The same, 2.1.3, shows the column `nfssserver` of servicenode, which always was `nfsserver`.
* The same, 2.1.4, has otherpkgs in the row xcatdefaults, and 3.2 adds it to the service nodes: chdef leaves out, with a warning,
  what all nodes run already. In the test of 3.2 xcatdefaults is as a new installation has it.
* "Using an external NFS server" has lost the words `chdef` before `<node_range> -p postscripts=redirectps`.
* "xCAT HASN with GPFS": some of its attributes exist only for AIX, that is for an image with `imagetype=NIM`.

"Service node takeover" has no command of these but snmove, which comes with the service nodes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon

RENAMED = {"nfssserver": "nfsserver"}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The clusters of all these manuals in one; what a section needs beside them, its test prepares."""
    with alone(tmp_path_factory.mktemp("manuals")) as daemon:
        typed(
            daemon,
            "nodeadd blade01 groups=all,ls21,bc01,blade,compute,compute1",
            "nodeadd blade02 groups=all,ls21,bc01,blade,compute,compute2",
            "nodeadd swa01 groups=nortel,switch",
            "nodeadd bca01 groups=mm",
            "nodeadd n01 groups=dell,all",
        )
        yield daemon


def rows(dump: str) -> list[dict[str, str]]:
    """The rows of a table as tabdump or a manual shows it: column -> cell."""
    head, *lines = csv.reader(io.StringIO(dump.strip()), skipinitialspace=True)
    columns = [RENAMED.get(name, name) for name in [head[0].removeprefix("#"), *head[1:]]]
    return [dict(zip(columns, line, strict=False)) for line in lines]


def shows(daemon: Daemon, table: str, manual: str) -> None:
    """The table has all the columns and all the rows that a manual shows."""
    dump = typed(daemon, f"tabdump {table}")
    ours, columns = rows(dump), dump.splitlines()[0].removeprefix("#").split(",")
    for wanted in rows(manual):
        assert set(columns) >= set(wanted)
        found = [{column: row.get(column, "") for column in wanted} for row in ours]
        assert wanted in found, f"{table}: {wanted}"


def shown(daemon: Daemon, line: str) -> dict[str, dict[str, str]]:
    """What lsdef shows: object -> attribute -> value."""
    objects: dict[str, dict[str, str]] = {}
    for text in typed(daemon, line).splitlines():
        if text.startswith("Object name: "):
            attributes = objects.setdefault(text.removeprefix("Object name: "), {})
        else:
            name, _, value = text.strip().partition("=")
            attributes[name] = value
    return objects


class TestHowToSetupHierarchy:
    """hierarchy-setup.md, "How-To Setup Hierarchy in xCAT 2"."""

    @pytest.fixture(autouse=True)
    def _service_nodes(self, daemon: Daemon) -> None:
        """Section 2.1.1, on which all the others rest."""
        typed(daemon, "chdef -t node -o sn1,sn2 groups=service,ipmi,all")

    def test_1_0_introduction(self, daemon: Daemon) -> None:
        assert typed(daemon, "nodels -v").startswith("Version ")

    def test_2_1_1_add_service_nodes_to_the_nodelist_table(self, daemon: Daemon) -> None:
        typed(daemon, "chdef -t node -o sn1,sn2 groups=service,ipmi,all")
        shows(
            daemon,
            "nodelist",
            """
#node,groups,status,appstatus,primarysn,comments,disable
"sn1","service,ipmi,all",,,,,
"sn2","service,ipmi,all",,,,,
"blade01","all,ls21,bc01,blade,compute,compute1",,,,,
"blade02","all,ls21,bc01,blade,compute,compute2",,,,,
"swa01","nortel,switch",,,,,
"bca01","mm",,,,,
""",
        )

    def test_2_1_2_add_service_nodes_to_the_nodetype_table(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "chdef -t group -o compute arch=x86_64 os=fedora8 nodetype=osi profile=compute",
            "chdef -t group -o service arch=x86_64 os=fedora8 nodetype=osi profile=service",
        )
        shows(
            daemon,
            "nodetype",
            """
#node,os,arch,profile,nodetype,comments,disable
"service","fedora8","x86_64","service","osi",,
"compute","fedora8","x86_64","compute","osi",,
""",
        )

    def test_2_1_3_add_service_nodes_to_the_servicenode_table(self, daemon: Daemon) -> None:
        typed(daemon, "chdef -t group -o service setupnfs=1 setupnameserver=1 setupftpt=1")
        shows(daemon, "servicenode", "#node,nfsserver,nameserver,tftpserver,dhcpserver\nservice,1,1,1,\n")
        typed(daemon, "chdef -t group -o service setupnfs=0")
        assert shown(daemon, "lsdef -t group -o service -i setupnfs")["service"] == {"setupnfs": "0"}
        typed(daemon, "chdef -t node -o sn1 setupnfs=1", "chdef -t node -o sn2 setupnameserver=1")
        assert shown(daemon, "lsdef sn1,sn2 -i setupnfs") == {"sn1": {"setupnfs": "1"}, "sn2": {"setupnfs": "0"}}

    def test_2_1_3_the_table_of_services(self, daemon: Daemon) -> None:
        services = "nameserver dhcpserver tftpserver nfsserver conserver monserver ldapserver ntpserver ftpserver"
        words = " ".join(f"servicenode.{name}=1" for name in services.split())
        typed(daemon, f"chtab node=service {words} 'servicenode.comments=Starts all services on all service nodes'")
        shows(
            daemon,
            "servicenode",
            "#node,nameserver,dhcpserver,tftpserver,nfssserver,conserver,monserver,ldapserver,ntpserver,ftpserver,nimserver,"
            "comments,disable\n"
            '"service","1","1","1","1","1","1","1","1","1",,"Starts all services on all service nodes",\n',
        )

    def test_2_1_4_add_service_nodes_postscripts_to_the_postscripts_table(self, daemon: Daemon) -> None:
        typed(daemon, "chdef -t node -o service postscripts=servicenode,xcatserver,xcatclient")
        assert {row["node"]: row["postscripts"] for row in rows(typed(daemon, "tabdump postscripts"))}.items() >= {
            ("sn1", "servicenode,xcatserver,xcatclient"),
            ("sn2", "servicenode,xcatserver,xcatclient"),
        }
        typed(
            daemon,
            "chdef -t group -o service postscripts=servicenode,xcatserver,xcatclient",
            "chtab node=xcatdefaults postscripts.postscripts=syslog,remoteshell,otherpkgs,syncfiles",
        )
        shows(
            daemon,
            "postscripts",
            """
#node,postscripts,comments,disable
"service","servicenode,xcatserver,xcatclient",,
"xcatdefaults","syslog,remoteshell,otherpkgs,syncfiles",,
""",
        )

    def test_1_1_1_assigning_nodes_to_their_service_nodes(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "chdef -t node -o compute1 servicenode=sn1 xcatmaster=sn1-c",
            "chdef -t node -o compute2 servicenode=sn2 xcatmaster=sn2-c",
            "chdef -t node -o sn1,sn2 servicenode=mn1 xcatmaster=mn1",
        )
        assert (
            shown(daemon, "lsdef all -i servicenode,xcatmaster").items()
            >= {
                "blade01": {"servicenode": "sn1", "xcatmaster": "sn1-c"},
                "blade02": {"servicenode": "sn2", "xcatmaster": "sn2-c"},
                "sn1": {"servicenode": "mn1", "xcatmaster": "mn1"},
                "sn2": {"servicenode": "mn1", "xcatmaster": "mn1"},
            }.items()
        )
        columns = (
            "servicenode,netboot,tftpserver,nfsserver,monserver,nfsdir,installnic,primarynic,cmdinterface,xcatmaster"
        )
        head = set(typed(daemon, "tabdump noderes").splitlines()[0].removeprefix("#").split(","))
        assert head >= set(f"{columns},current_osimage,next_osimage,nimserver,comments,disable".split(","))
        assert "xcatmaster:\t" in typed(daemon, "tabdump -d noderes")

    def test_1_1_1_1_service_node_pools(self, daemon: Daemon) -> None:
        typed(daemon, "chdef -t node -o compute servicenode=sn1,sn2")
        assert typed(daemon, "nodels compute noderes.servicenode") == "blade01: sn1,sn2\nblade02: sn1,sn2\n"
        assert shown(daemon, "lsdef -t group -l service")["service"]["members"] == "sn1,sn2"
        assert shown(daemon, "lsdef -t group -l compute1")["compute1"]["members"] == "blade01"

    def test_2_1_5_setup_site_table(self, daemon: Daemon) -> None:
        typed(daemon, "chtab key=installloc site.value=/install", "chdef -t site -o clustersite sharedtftp=0")
        typed(
            daemon,
            "chtab key=nameservers site.value=9.129.47.250,9.129.8.1",
            "chtab key=ntpservers 'site.value=9.10.228.45, 9.10.225.159'",
            "chtab key=dhcpinterfaces 'site.value=mn1|eth0;sn1|eth1;sn2|eth1'",
        )
        shows(
            daemon,
            "site",
            """
#key,value,comments,disable
"nameservers","9.129.47.250,9.129.8.1",,
"ntpservers","9.10.228.45, 9.10.225.159",,
"installloc","/install",,
"dhcpinterfaces","mn1|eth0;sn1|eth1;sn2|eth1",,
"sharedtftp","0",,
""",
        )

    def test_2_1_6_setup_networks_table(self, daemon: Daemon) -> None:
        typed(daemon, "chtab net=9.114.88.160 networks.netname=public networks.disable=1")
        (row,) = [row for row in rows(typed(daemon, "tabdump networks")) if row["net"] == "9.114.88.160"]
        assert (row["netname"], row["disable"]) == ("public", "1")
        assert "public" not in typed(daemon, "lsdef -t network")

    def test_2_1_7_setup_nodehm_and_noderes_for_conserver_and_monserver(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "chdef -t node -o compute1  conserver=sn1 monserver=sn1",
            "chdef -t node -o compute2  conserver=sn2 monserver=sn2",
        )
        assert typed(daemon, "nodels compute nodehm.conserver") == "blade01: sn1\nblade02: sn2\n"
        assert typed(daemon, "nodels compute noderes.monserver") == "blade01: sn1\nblade02: sn2\n"

    def test_2_2_verify_the_tables(self, daemon: Daemon) -> None:
        assert set(shown(daemon, "lsdef service,compute1,compute2")) == {"sn1", "sn2", "blade01", "blade02"}

    def test_3_2_set_up_the_service_nodes_for_diskfull_installation(self, daemon: Daemon) -> None:
        before = typed(daemon, "tabdump postscripts")
        assert typed(daemon, "chdef -t node -o service") == "No object definitions have been created or modified.\n"
        assert typed(daemon, "tabdump postscripts") == before
        typed(
            daemon,
            "chtab node=xcatdefaults postscripts.postscripts=syslog,remoteshell,syncfiles",
            "chdef -t node -o service postscripts=otherpkgs,servicenode,xcatserver,xcatclient",
        )
        scripts = typed(daemon, "nodels service postscripts.postscripts")
        assert scripts == "".join(f"{node}: otherpkgs,servicenode,xcatserver,xcatclient\n" for node in ("sn1", "sn2"))

    def test_3_4_test_service_node_installation(self, daemon: Daemon) -> None:
        assert typed(daemon, "tabdump site").startswith("#key,value,comments,disable\n")
        assert {"sn1", "sn2"} <= set(typed(daemon, "nodels").split())


class TestSettingUpXcatOnDellPe860:
    """small-cluster-dell-pe860.md, "Setting up xCAT 2.4.3 on DELL PE 860"."""

    def test_xcat_configuration(self, daemon: Daemon) -> None:
        described = dict(line.split(":\t", 1) for line in typed(daemon, "tabdump -d").splitlines())
        names = typed(daemon, "tabdump").split()
        assert list(described) == names
        assert all(described.values())
        for table in names:
            columns = typed(daemon, f"tabdump {table}").splitlines()[0].removeprefix("#").split(",")
            text = typed(daemon, f"tabdump -d {table}")
            assert all(f"{column}:\t" in text for column in columns), table
        assert '"xcatdport",' in typed(daemon, "tabdump site")

    def test_network_configuration(self, daemon: Daemon) -> None:
        assert typed(daemon, "tabdump networks").startswith("#netname,net,mask,")
        typed(daemon, "chtab node=n01 switch.switch=linksys switch.port=1")
        assert '"n01","linksys","1",' in typed(daemon, "tabdump switch")

    def test_network_configuration_tabedit_hosts(
        self, daemon: Daemon, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        editor = tmp_path_factory.mktemp("editor") / "editor"
        editor.write_text('#!/bin/sh\nprintf \'"n01","10.0.0.11"\\n"n01-ipmi","10.0.1.11"\\n\' >>"$1"\n')
        editor.chmod(0o755)
        done = daemon.run("tabedit", "hosts", EDITOR=str(editor))
        assert (done.stderr, done.returncode) == ("", 0)
        shows(daemon, "hosts", '#node,ip\n"n01","10.0.0.11"\n"n01-ipmi","10.0.1.11"\n')

    def test_node_configuration(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "chtab node=n01 nodelist.groups=compute,all nodelist.status=netbooting "
            "'nodelist.statustime=09-03-2010 15:18:13'",
        )
        dump = typed(daemon, "tabdump nodelist")
        assert '\n"n01","compute,all","netbooting","09-03-2010 15:18:13",,,,,' in dump
        assert "n01" in typed(daemon, "nodels compute").split()
        typed(daemon, "chtab node=n01 nodelist.groups=dell,all")

    def test_bmc_ipmi_configuration(self, daemon: Daemon) -> None:
        typed(daemon, "chtab node=dell 'ipmi.bmc=/$/-ipmi/' ipmi.username=root ipmi.password=secret")
        shows(daemon, "ipmi", '#node,bmc,username,password\n"dell","/$/-ipmi/","root","secret"\n')
        assert typed(daemon, "nodels n01 ipmi.bmc") == "n01: n01-ipmi\n"

    def test_pxe_configuration(self, daemon: Daemon) -> None:
        typed(daemon, "chtab node=dell noderes.netboot=pxe noderes.primarynic=eth0")
        shows(daemon, "noderes", '#node,netboot,primarynic\n"dell","pxe","eth0"\n')

    def test_create_xen_guest(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "nodeadd xen1 groups=compute,all nodehm.mgt=xen nodehm.power=xen  nodehm.serialport=0 nodehm.serialspeed=115200 "
            "nodetype.os=centos5.5 nodetype.arch=x86_64 nodetype.profile=compute noderes.netboot=pxe noderes.nfsserver= "
            "noderes.primarynic=eth0",
        )
        found = shown(
            daemon, "lsdef xen1 -i mgt,power,serialport,serialspeed,os,arch,profile,netboot,nfsserver,primarynic"
        )
        assert found["xen1"] == {
            **{"mgt": "xen", "power": "xen", "serialport": "0", "serialspeed": "115200", "os": "centos5.5"},
            **{"arch": "x86_64", "profile": "compute", "netboot": "pxe", "nfsserver": "", "primarynic": "eth0"},
        }
        typed(daemon, "noderm xen1")


class TestHighlyAvailableServiceNodesForAix:
    """aix-ha-service-nodes.md, "xCAT HASN with GPFS"."""

    IMAGE = "61image"

    @pytest.fixture(autouse=True)
    def _image(self, daemon: Daemon) -> None:
        typed(
            daemon, f"chdef -t osimage -o {self.IMAGE} imagetype=NIM osname=AIX nimtype=diskless resolv_conf=61resolv"
        )

    def test_statelite_setup(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "chtab node=compute 'statelite.statemnt=$noderes.xcatmaster:/install/statelite_data' statelite.mntopts=vers=4",
            "chtab image=ALL,file=/var/adm/ras/ litefile.options=persistent 'litefile.comments=for GPFS'",
        )
        shows(
            daemon,
            "statelite",
            """
#node,image,statemnt,mntopts,comments,disable
"compute",,"$noderes.xcatmaster:/install/statelite_data","vers=4",,
""",
        )
        shows(
            daemon,
            "litefile",
            """
#image,file,options,comments,disable
"ALL","/var/adm/ras/","persistent","for GPFS",
""",
        )

    def test_configure_the_ems(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "mkdef -t network -o cluster net=10.0.0.0 mask=255.255.255.0",
            'chdef -t site nameservers="" domain=mycluster.com useNFSv4onAIX="yes" sharedinstall="sns"',
        )
        site = {row["key"]: row["value"] for row in rows(typed(daemon, "tabdump site"))}
        assert "nameservers" not in site
        assert (site["domain"], site["useNFSv4onAIX"], site["sharedinstall"]) == ("mycluster.com", "yes", "sns")
        networks = shown(daemon, "lsdef -t network -i nameservers")
        assert networks["cluster"] == {"nameservers": ""}

    def test_remove_resolv_conf_resource(self, daemon: Daemon) -> None:
        image = self.IMAGE
        before = shown(daemon, f"lsdef -t osimage -o {image}  -i resolv_conf")
        assert before == {image: {"resolv_conf": "61resolv"}}
        typed(daemon, f"chdef -t osimage -o {image} resolv_conf=''")
        assert shown(daemon, f"lsdef -t osimage -o {image}  -i resolv_conf") == {image: {"resolv_conf": ""}}

    def test_special_handling_for_dump_resources(self, daemon: Daemon) -> None:
        typed(daemon, f"chdef -t osimage -o {self.IMAGE} dump=61dump")
        assert shown(daemon, f"lsdef -t osimage -o {self.IMAGE} -i dump") == {self.IMAGE: {"dump": "61dump"}}

    def test_special_handling_for_paging_resources(self, daemon: Daemon) -> None:
        typed(daemon, "chdef compute  -p postscripts=nfsv4mkps")
        for line in typed(daemon, "nodels compute postscripts.postscripts").splitlines():
            assert line.endswith("nfsv4mkps")

    def test_clean_out_all_old_nim_resources(self, daemon: Daemon) -> None:
        assert f"{self.IMAGE}  (osimage)" in typed(daemon, "lsdef -t osimage").splitlines()

    def test_update_xcat_node_definitions(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "chdef -t group compute -p postscripts=setupnfsv4replication",
            "nodeadd aix1 groups=SN27group",
            "chdef -t node -o SN27group servicenode=sn27,sn28  xcatmaster=sn27-ib",
        )
        group = shown(daemon, "lsdef -t group -o compute -i postscripts")["compute"]
        assert "setupnfsv4replication" in group["postscripts"].split(",")
        assert shown(daemon, "lsdef aix1 -i servicenode,xcatmaster") == {
            "aix1": {"servicenode": "sn27,sn28", "xcatmaster": "sn27-ib"}
        }

    def test_verify_the_nfsv4_replication_setup(self, daemon: Daemon) -> None:
        """`xdsh service cat /etc/exports | xcoll`: what xdsh gives for the output that is shown, and what xcoll makes of it."""
        pairs = {
            "c250f10c12ap01": "/install -replicas=/install@20.10.12.1:/install@20.10.12.17,vers=4,rw,noauto,root=*",
            "c250f10c12ap17": "/install -replicas=/install@20.10.12.17:/install@20.10.12.1,vers=4,rw,noauto,root=*",
        }
        done = daemon.run("xcoll", stdin="".join(f"{node}: {line}\n" for node, line in pairs.items()))
        assert (done.stderr, done.returncode) == ("", 0)
        rule = "=" * 36
        for node, line in pairs.items():
            assert f"{rule}\n{node}\n{rule}\n{line}\n" in done.stdout

    def test_verify_the_move(self, daemon: Daemon) -> None:
        typed(
            daemon,
            "nodeadd aix2,aix3 groups=SN28group",
            "chdef -t node -o SN28group servicenode=sn28,sn27 xcatmaster=sn28-ib",
        )
        given = typed(daemon, "lsdef SN28group -i servicenode,xcatmaster -c")
        done = daemon.run("xcoll", stdin=given)
        rule = "=" * 36
        assert (done.stderr, done.returncode) == ("", 0)
        assert f"{rule}\nSN28group\n{rule}\n" in done.stdout
        assert {"servicenode=sn28,sn27", "xcatmaster=sn28-ib"} <= set(done.stdout.splitlines())


class TestUsingAnExternalNfsServer:
    """external-nfs-server.md."""

    @pytest.fixture(autouse=True)
    def _node(self, daemon: Daemon) -> None:
        typed(daemon, "nodeadd aixcn1 groups=aix", "chdef -t node -o aixcn1 nfsserver=nfs1")

    def test_prescripts_that_copy_the_image(self, daemon: Daemon) -> None:
        typed(daemon, "chdef -t node -o aixcn1 prescripts-end=syncaixres")
        assert typed(daemon, "nodels aixcn1 prescripts.end") == "aixcn1: syncaixres\n"

    def test_paging_space(self, daemon: Daemon) -> None:
        typed(daemon, "chdef aixcn1 -p postscripts=redirectps")
        assert typed(daemon, "nodels aixcn1 postscripts.postscripts").endswith("redirectps\n")

    def test_statelite_table(self, daemon: Daemon) -> None:
        typed(daemon, "chtab node=aixcn1 'statelite.statemnt=$noderes.nfsserver:/stateliteroot'")
        shows(
            daemon,
            "statelite",
            'node,image,statemnt,comments,disable\n"aixcn1",,"$noderes.nfsserver:/stateliteroot",,\n',
        )
