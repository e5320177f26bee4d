"""The template that counts where the site has none of its own in <installdir>/postscripts/mypostscript.tmpl."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TABLES: Final[Mapping[str, str]] = {
    "GROUP": "nodelist:$NODE:groups",
    "NFSSERVER": "noderes:$NODE:nfsserver",
    "INSTALLNIC": "noderes:$NODE:installnic",
    "PRIMARYNIC": "noderes:$NODE:primarynic",
    "MASTER": "noderes:$NODE:xcatmaster",
    "NODENAMESERVERS": "noderes:$NODE:nameservers",
    "OSVER": "nodetype:$NODE:os",
    "ARCH": "nodetype:$NODE:arch",
    "PROFILE": "nodetype:$NODE:profile",
    "PROVMETHOD": "nodetype:$NODE:provmethod",
    "NICNODE": "nics:$NODE:node",
    "NICIPS": "nics:$NODE:nicips",
    "NICHOSTNAMESUFFIXES": "nics:$NODE:nichostnamesuffixes",
    "NICHOSTNAMEPREFIXES": "nics:$NODE:nichostnameprefixes",
    "NICTYPES": "nics:$NODE:nictypes",
    "NICCUSTOMSCRIPTS": "nics:$NODE:niccustomscripts",
    "NICNETWORKS": "nics:$NODE:nicnetworks",
    "NICDEVICES": "nics:$NODE:nicdevices",
    "NICEXTRAPARAMS": "nics:$NODE:nicextraparams",
    "CFGMGR": "cfgmgt:$NODE:cfgmgr",
    "CFGSERVER": "cfgmgt:$NODE:cfgserver",
}
_VALUES: Final[Mapping[str, str]] = {
    "NODE": "$NODE",
    "NTYPE": "$NTYPE",
    "NODESETSTATE": "$NSETSTATE",
    "MACADDRESS": "$MACADDRESS",
    "ENABLESSHBETWEENNODES": "$ENABLESSHBETWEENNODES",
    "ZONENAME": "$ZONENAME",
    "MASTER_IP": "#MASTER_IP_ADDR#",
    "NODEIP": "#IPADDR#",
    "UPDATENODE": "0",
    **{name: f"#TABLE:{text}#" for name, text in _TABLES.items()},
}
_BLOCKS: Final = (
    *("ROUTES_VARS_EXPORT", "VLAN_VARS_EXPORT", "MONITORING_VARS_EXPORT", "OSIMAGE_VARS_EXPORT"),
    *("NETWORK_FOR_DISKLESS_EXPORT", "KITCOMP_DEPLOY_PARAMS_EXPORT", "CFGMGTINFO_EXPORT"),
)

TEMPLATE: Final = "\n".join(
    (
        "#!/bin/sh",
        "# Made by xcatd for one node. The node's side runs the scripts between the marks, one after the other.",
        "#SITE_TABLE_ALL_ATTRIBS_EXPORT#",
        "tabdump(networks)",
        *(f"{name}={text}\nexport {name}" for name, text in _VALUES.items()),
        'PATH="$(dirname "$0")":$PATH',
        "export PATH",
        *(f"#{name}#" for name in _BLOCKS),
        "# postscripts-start-here",
        "#INCLUDE_POSTSCRIPTS_LIST#",
        "# postscripts-end-here",
        "# postbootscripts-start-here",
        "#INCLUDE_POSTBOOTSCRIPTS_LIST#",
        "# postbootscripts-end-here",
        "",
    )
)
