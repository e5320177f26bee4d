"""The attributes of what a cluster has besides nodes and images: networks, rules, racks, logs."""

from __future__ import annotations

from xcatd.model import Attribute
from xcatd.objects.attributes.attribute import cells

NETWORK = cells(
    "networks",
    "netname net mask mgtifname gateway dhcpserver tftpserver nameservers ntpservers logservers dynamicrange"
    " nodehostname ddnsdomain vlanid domain staticrange staticrangeincrement mtu usercomment=comments",
    key="netname",
)

ROUTE = cells("routes", "routename net mask gateway ifname usercomment=comments", key="routename")

ZONE = cells("zone", "zonename sshkeydir sshbetweennodes defaultzone usercomment=comments", key="zonename")


def _setting(name: str) -> Attribute:
    return Attribute(name, "site", "value", key="", fixed=(("key", name),))


SITE = (_setting("master"), _setting("installdir"), _setting("xcatdport"))
"""Examples only: every row of the table is an attribute of the one object, clustersite."""

POLICY = cells(
    "policy",
    "priority name host commands noderange parameters time rule usercomment=comments",
    key="priority",
)

NOTIFICATION = cells("notification", "filename tables tableops comments", key="filename")

MONITORING = cells("monitoring", "name nodestatmon comments disable", key="name")

RACK = cells("rack", "rackname displayname num height room usercomment=comments", key="rackname")

PDU = (*cells("pdu", "node nodetype"), *cells("pdu", "outlet", ("nodetype", "pdu")))
"""In xCAT 2 all three depend on a nodetype that is read only if it is there, so that it never shows one of them."""

ZVMIVP = cells(
    "zvmivp",
    "id ip schedule last_run type_of_run access_user orch_parms prep_parms main_ivp_parms usercomment=comments",
    key="id",
)
"""xCAT 2 knows the type, and none of its attributes."""

FIRMWARE = cells("firmware", "cfgfile comments disable", key="cfgfile")
"""xCAT 2 looks for these rows by a column that does not exist, and so has none of these objects."""

TASKSTATE = cells("taskstate", "node command state pid reserve disable")

AUDITLOG = cells(
    "auditlog",
    "recid audittime userid clientname clienttype command noderange args status comments disable",
    key="recid",
)

EVENTLOG = cells(
    "eventlog",
    "recid eventtime eventtype monitor monnode node application component id severity message rawdata comments disable",
    key="recid",
)
