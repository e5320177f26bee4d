"""IBM Power hardware: topology and the credentials of its control points."""

from __future__ import annotations

from xcatd.store.schema.accepted import NUMBER, some_of
from xcatd.store.schema.table import Accepts, Column, table

PPC = table(
    "ppc",
    "Power hardware topology",
    Column("node", "node or group name"),
    Column("hcp", "hardware control point"),
    Column("id", "LPAR id / cage / frame number", accepts=NUMBER),
    Column("pprofile", "LPAR profile for next power on"),
    Column("parent", "CEC, frame or building block"),
    Column(
        "nodetype",
        "fsp, bpa, cec, frame, ivm, hmc, lpar, blade",
        accepts=some_of("fsp", "bpa", "cec", "frame", "ivm", "hmc", "lpar", "blade", "vios"),
    ),
    Column("supernode", "HFI `supernode,position`", accepts=Accepts("two numbers: supernode,position", r"\d+,\d+")),
    Column("sfp", "HMC collecting service events"),
    keys=("node",),
)

PPCDIRECT = table(
    "ppcdirect",
    "FSP/BPA credentials",
    Column("hcp", "FSP/BPA/CEC/frame (node column)"),
    Column("username", "user; default passwd key=fsp"),
    Column("password", "password"),
    keys=("hcp", "username"),
    node_column="hcp",
)

PPCHCP = table(
    "ppchcp",
    "HMC/IVM credentials",
    Column("hcp", "HMC/IVM (node column)"),
    Column("username", "user; default passwd key=hmc/ivm, then hscroot/padmin"),
    Column("password", "password"),
    keys=("hcp",),
    node_column="hcp",
)


TABLES = (PPC, PPCDIRECT, PPCHCP)
