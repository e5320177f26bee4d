"""Who may do what, and the credentials of people and devices."""

from __future__ import annotations

from xcatd.store.schema.accepted import DECIMAL, YES_NO, one_of
from xcatd.store.schema.table import Column, table

PASSWD = table(
    "passwd",
    "default credentials",
    Column(
        "key",
        "component: system, ipmi, openbmc, blade, hmc, ivm, cec, frame, fsp, bpa, switch, pdu, omapi, xcat (UI logins), vmware, kvm …",
    ),
    Column("username", "user"),
    Column("password", "plain or, for system and xcat, crypt hash ($1$ $5$ $6$)"),
    Column("cryptmethod", "Linux: md5, sha256 (default), sha512 used to hash plain text; AIX: set = already encrypted"),
    Column("authdomain", "domain for AD administrators"),
    keys=("key", "username"),
)

POLICY = table(
    "policy",
    "access control list",
    Column("priority", "number; lower is evaluated first", accepts=DECIMAL),
    Column("name", "user (certificate CN); empty = anyone, `*` = any authenticated"),
    Column("host", "one host or empty/*"),
    Column("commands", "comma list or empty/*"),
    Column("noderange", "noderange or empty/*"),
    Column("parameters", "regex on the joined arguments"),
    Column("time", "hours, days or dates at which the row counts; empty = always"),
    Column(
        "rule", "allow (accept), trusted, anything else denies", accepts=one_of("allow", "accept", "trusted", "deny")
    ),
    keys=("priority",),
)

TOKEN = table(
    "token",
    "REST tokens",
    Column("tokenid", "UUID"),
    Column("username", "user"),
    Column("expire", "readable time or never"),
    Column("created", "creation time"),
    Column("access", "last use"),
    keys=("tokenid",),
)

ZONE = table(
    "zone",
    "ssh key zones",
    Column("zonename", "zone"),
    Column("sshkeydir", "directory with the root RSA key pair of the zone"),
    Column("sshbetweennodes", "yes/1 (default) or no/0", accepts=YES_NO),
    Column("defaultzone", "yes/1 on exactly one row", accepts=YES_NO),
    keys=("zonename",),
)


TABLES = (PASSWD, POLICY, TOKEN, ZONE)
