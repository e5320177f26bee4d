"""`makeroutes` on hosts with networks of their own: a management node and a service node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.helpers.alone import typed, until
from tests.helpers.cluster import Daemon, join, made
from tests.helpers.namespaces import Namespace, cable, namespaces

PORT = 3001

ROUTES = (
    "routename=r1 routes.net=10.50.0.0 routes.mask=255.255.0.0 routes.gateway=10.7.0.2",
    "routename=byname routes.net=10.51.0.0 routes.mask=255.255.0.0 routes.gateway=sn1 routes.ifname=eth9",
    "routename=direct routes.net=10.52.0.0 routes.mask=255.255.0.0 routes.ifname=up0",
    "routename=six routes.net=2001:db8:50::/64 routes.mask=/64 routes.gateway=2001:db8:7::2 routes.ifname=up0",
    "routename=far routes.net=10.53.0.0 routes.mask=255.255.0.0 routes.gateway=172.16.0.1",
    "routename=noif routes.net=10.54.0.0 routes.mask=255.255.0.0 routes.ifname=eth9",
    "routename=back routes.net=10.55.0.0 routes.mask=255.255.0.0 routes.gateway=10.7.0.1",
)


@dataclass(frozen=True)
class Hosts:
    """A management node and a service node on one network, each in a network namespace."""

    mn: Daemon
    sn: Daemon
    here: Namespace
    there: Namespace


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder = tmp_path_factory.mktemp("routes")
    with namespaces("rmn", "rsn") as (here, there):
        cable(here, there, "up0")
        here.up("up0", "10.7.0.1/24", "2001:db8:7::1/64")
        there.up("up0", "10.7.0.2/24", "2001:db8:7::2/64")
        mn = made(Daemon(folder / "mn1", "mn1", "10.7.0.1", PORT, before=here.before))
        sn = join(mn, Daemon(folder / "sn1", "sn1", "10.7.0.2", PORT, master=mn.host, before=there.before))
        try:
            for each in (mn, sn):
                each.start(wait=False)
                until(lambda each=each: each.run("nodels").returncode == 0, f"the tables of {each.name}")
            typed(mn, *(f"chtab {row}" for row in ROUTES))
            typed(mn, "nodeadd sn1 groups=service hosts.ip=10.7.0.2 servicenode.tftpserver=0")
            typed(mn, "nodeadd n1 groups=compute noderes.servicenode=sn1")
            yield Hosts(mn, sn, here, there)
        finally:
            sn.stop()
            mn.stop()


def routes(namespace: Namespace) -> set[str]:
    """The routes of the networks of this test, as `ip` says them."""
    found = set()
    for family in ("-4", "-6"):
        words = ["ip", "-n", namespace.name, "-json", family, "route", "show"]
        for one in json.loads(subprocess.run(words, capture_output=True, check=True).stdout or b"[]"):
            if one["dst"].startswith(("10.5", "2001:db8:50")):
                found.add(f"{one['dst']} {one.get('gateway', '-')} {one['dev']}")
    return found


@pytest.fixture(autouse=True)
def no_routes(hosts: Hosts) -> None:
    for namespace in (hosts.here, hosts.there):
        for one in routes(namespace):
            namespace.ip("route", "del", one.split()[0])
    typed(hosts.mn, "chtab key=mnroutenames site.value=", "nodech sn1 servicenode.ipforward=")


ADDED = {
    "10.50.0.0/16 10.7.0.2 up0",
    "10.51.0.0/16 10.7.0.2 up0",
    "10.52.0.0/16 - up0",
    "2001:db8:50::/64 2001:db8:7::2 up0",
}


def test_routes_come_stay_and_go(hosts: Hosts) -> None:
    words = "makeroutes -r r1,byname,direct,six"
    assert typed(hosts.mn, words) == (
        "mn1: Adding temporary route: ip route add 10.50.0.0/16 via 10.7.0.2\n"
        "mn1: Adding temporary route: ip route add 10.51.0.0/16 via 10.7.0.2\n"
        "mn1: Adding temporary route: ip route add 10.52.0.0/16 dev up0\n"
        "mn1: Adding temporary route: ip route add 2001:db8:50::/64 via 2001:db8:7::2\n"
    )
    assert routes(hosts.here) == ADDED
    assert typed(hosts.mn, words) == (
        "mn1: The temporary route already exists for 10.50.0.0.\n"
        "mn1: The temporary route already exists for 10.51.0.0.\n"
        "mn1: The temporary route already exists for 10.52.0.0.\n"
        "mn1: The temporary route already exists for 2001:db8:50::.\n"
    )
    assert routes(hosts.here) == ADDED
    assert typed(hosts.mn, f"{words} -d").count("mn1: Removing the temporary route: ip route delete ") == 4
    assert routes(hosts.here) == set()
    assert typed(hosts.mn, f"{words} --delete") == (
        "mn1: The temporary route does not exist for 10.50.0.0.\n"
        "mn1: The temporary route does not exist for 10.51.0.0.\n"
        "mn1: The temporary route does not exist for 10.52.0.0.\n"
        "mn1: The temporary route does not exist for 2001:db8:50::/64.\n"
    )


def test_the_site_says_which_routes_the_management_node_has(hosts: Hosts) -> None:
    assert typed(hosts.mn, "makeroutes") == "No routes defined in the site.mnroutenames for the management node.\n"
    typed(hosts.mn, "chtab key=mnroutenames site.value=r1,direct", "makeroutes")
    assert routes(hosts.here) == {"10.50.0.0/16 10.7.0.2 up0", "10.52.0.0/16 - up0"}
    typed(hosts.mn, "chtab key=mnroutenames site.value=r1,r8")
    done = hosts.mn.run("makeroutes")
    assert (done.stderr, done.returncode) == (
        "Error: [mn1]: The route r8 is not defined in the routes table. Please check site.mnroutenames for the management "
        "node.\n",
        1,
    )


def test_a_dry_run_changes_nothing(hosts: Hosts) -> None:
    assert typed(hosts.mn, "makeroutes -r r1 --dry-run") == (
        "mn1: Would add the temporary route: ip route add 10.50.0.0/16 via 10.7.0.2\n"
    )
    assert routes(hosts.here) == set()
    typed(hosts.mn, "makeroutes -r r1")
    assert typed(hosts.mn, "makeroutes -d -r r1 --dry-run").startswith(
        "mn1: Would remove the temporary route: ip route "
    )
    assert routes(hosts.here) == {"10.50.0.0/16 10.7.0.2 up0"}


def test_a_service_node_that_is_a_gateway_forwards(hosts: Hosts) -> None:
    typed(hosts.mn, "makeroutes -r byname")
    assert typed(hosts.mn, "nodels sn1 servicenode.ipforward") == "sn1: 1\n"


BACK = {"10.55.0.0/16 10.7.0.1 up0"}


def status(hosts: Hosts) -> str:
    """What is told of the routes that the service node keeps."""
    done = hosts.mn.run("xcatstatus", "sn1", "-a")
    return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if "routes" in line)


@pytest.fixture
def keeping(hosts: Hosts) -> Iterator[Hosts]:
    """The tables name a route for the service node, and it has set it."""
    typed(hosts.mn, "nodech sn1 noderes.routenames=back")
    until(lambda: routes(hosts.there) == BACK and "done" in status(hosts), "the route")
    yield hosts
    typed(hosts.mn, "nodech sn1 noderes.routenames=")
    until(lambda: "left alone" in status(hosts), "the end of it")


def test_a_service_node_sets_its_own_routes(keeping: Hosts) -> None:
    hosts = keeping
    assert typed(hosts.sn, "makeroutes service -d") == (
        "sn1: Removing the temporary route: ip route delete 10.55.0.0/16 via 10.7.0.1 dev up0\n"
    )
    assert routes(hosts.there) == set()
    assert typed(hosts.mn, "makeroutes sn1") == "sn1: Adding temporary route: ip route add 10.55.0.0/16 via 10.7.0.1\n"
    assert (routes(hosts.here), routes(hosts.there)) == (set(), BACK)
    typed(hosts.mn, "makeroutes sn1 -r direct")
    assert routes(hosts.there) == {"10.52.0.0/16 - up0", *BACK}


def test_routes_of_a_service_node_come_back_with_its_daemon(keeping: Hosts) -> None:
    hosts = keeping
    hosts.sn.stop()
    hosts.there.ip("route", "del", "10.55.0.0/16")
    hosts.sn.start(wait=False)
    until(lambda: routes(hosts.there) == BACK, "the route")
    until(lambda: "done" in status(hosts), "the link")
    hosts.there.ip("route", "del", "10.55.0.0/16")
    assert typed(hosts.mn, "makeservices sn1 --service routes --dry-run") == (
        "sn1: routes: ip route add 10.55.0.0/16 via 10.7.0.1\n"
    )
    assert routes(hosts.there) == set()
    typed(hosts.mn, "makeservices sn1 --service routes")
    assert routes(hosts.there) == BACK


def test_a_route_that_cannot_be_set_is_named_and_the_others_are_set(keeping: Hosts) -> None:
    hosts = keeping
    hosts.there.ip("route", "del", "10.55.0.0/16")
    typed(hosts.mn, "nodech sn1 noderes.routenames=r8,back,far")
    until(lambda: "failed" in status(hosts), "the complaint")
    assert routes(hosts.there) == BACK
    assert (
        "routes: The route r8 is not defined in the routes table. Please check noderes.routenames of sn1. (1 more cannot be "
        "set either)"
    ) in status(hosts)


def test_a_node_that_is_no_service_node_is_refused(hosts: Hosts) -> None:
    done = hosts.mn.run("makeroutes", "n1,sn1", "-r", "back")
    assert done.stdout == "sn1: Adding temporary route: ip route add 10.55.0.0/16 via 10.7.0.1\n"
    assert (done.stderr, done.returncode) == (
        "n1: [mn1]: Error: it is no service node, so it sets its routes itself: name them in noderes.routenames and setroute in "
        "postscripts.postbootscripts\n",
        1,
    )


def test_what_cannot_be_set_is_said_and_the_rest_is_done(hosts: Hosts) -> None:
    hosts.here.ip("route", "add", "10.51.0.0/16", "via", "10.7.0.9")
    done = hosts.mn.run("makeroutes", "-r", "far,noif,byname,r1")
    assert done.returncode == 1
    assert done.stdout == "mn1: Adding temporary route: ip route add 10.50.0.0/16 via 10.7.0.2\n"
    assert done.stderr.splitlines() == [
        "Error: [mn1]: The route 10.53.0.0/16 via 172.16.0.1 cannot be added: no network of this host leads to the gateway "
        "172.16.0.1",
        "Error: [mn1]: This host has no interface eth9: correct the ifname of the route",
        "Error: [mn1]: The route 10.51.0.0/16 via 10.7.0.2 is not set: this host has the route 10.51.0.0/16 via 10.7.0.9 dev "
        "up0. Remove that one (ip route del 10.51.0.0/16 via 10.7.0.9 dev up0), or correct table routes.",
    ]


def test_a_name_that_is_not_defined_stops_all(hosts: Hosts) -> None:
    done = hosts.mn.run("makeroutes", "-r", "r1,r8,r9")
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr == "Error: [mn1]: The routes r8,r9 are not defined in the routes table.\n"
    assert routes(hosts.here) == set()
