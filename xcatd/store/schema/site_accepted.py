"""The forms of values that attributes of the `site` table accept, where schema.md states them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xcatd.store.schema.accepted import HOST, HOST_LIST, NUMBER, PORT, YES_NO, one_of
from xcatd.store.schema.table import Accepts

_YES_NO = (
    *("useSSHonAIX", "useNFSv4onAIX", "auditnosyslog", "nodestatus", "skipvalidatelog", "keacontrolagent", "dhcpsetup"),
    *("disjointdhcps", "emptyzonesenable", "ipmidispatch", "hwctrldispatch", "ipmisdrcache", "enableASMI"),
    *("runbootscripts", "precreatemypostscripts", "cleanupxcatpost", "cleanupdiskfullxcatpost", "setinstallnic"),
    *("secureroot", "consoleondemand", "useNmapfromMN", "svloglocal", "vsftp", "FQDNfirst", "vcenterautojoin"),
    *("vmwarereconfigonpower", "useflowcontrol", "consolesyslog", "legacynodes"),
)
_NUMBERS = (
    *(
        "dhcplease",
        "ipmimaxp",
        "ipmiretries",
        "ipmitimeout",
        "blademaxp",
        "ppcmaxp",
        "ppcretry",
        "ppctimeout",
        "maxssh",
    ),
    *("fsptimeout", "powerconfirm", "powerinterval", "syspowerinterval", "syspowermaxnodes", "vmmaxp", "defserialport"),
    *("defserialspeed", "xcatmaxconnections", "xcatmaxbatchconnections", "historydays", "tokenminutes"),
    *("consolelogsize", "consolelogdays", "consolelogkeep"),
)

SITE_ACCEPTS: Mapping[str, Accepts] = MappingProxyType(
    dict.fromkeys(_YES_NO, YES_NO)
    | dict.fromkeys(_NUMBERS, NUMBER)
    | dict.fromkeys(("httpport", "xcatdport", "xcatiport", "xcatlport"), PORT)
    | dict.fromkeys(("forwarders", "nameservers", "ntpservers", "extntpservers", "logservers"), HOST_LIST)
    | {
        "checkvalues": one_of("warn", "strict", "no"),
        "dbtracelevel": one_of("0", "1", "2", "3", "4"),
        "dhcpbackend": one_of("auto", "isc", "kea"),
        "dhcpomapialgorithm": one_of(
            *("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512")
        ),
        "dnsforwardmode": one_of("first", "only", "no"),
        "managedaddressmode": one_of("dhcp", "static", "autoula"),
        "master": HOST,
        "sharedinstall": one_of("no", "sns", "all"),
        "takeover": Accepts("seconds, or two numbers of seconds as after:back", r"\d+(?::\d+)?"),
        "tokenexpiredays": Accepts("a number of days, or never", r"(?i:never)|\d+(?:\.\d+)?"),
        "xcatdebugmode": one_of("0", "1", "2"),
        "xcattlspolicy": one_of("modern", "legacy"),
    }
)
"""Attribute -> what it accepts; those that are missing take any text."""
