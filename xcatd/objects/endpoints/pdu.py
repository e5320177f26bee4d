"""How a PDU is reached: its address, and table pdu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xcatd.errors import NotFound
from xcatd.hardware.pdu.endpoint import Access, Pdu, Version, pdu
from xcatd.hardware.pdu.models import MODELS
from xcatd.model import Secret
from xcatd.objects.world import World

_AUTH = {"md5": "md5", "sha": "sha1", "sha1": "sha1"}
_PRIV = {"des": "des", "aes": "aes", "aes128": "aes"}
_LEVELS = ("noauthnopriv", "authnopriv", "authpriv")
_VERSIONS = {"1": Version.V1, "v1": Version.V1, "snmpv1": Version.V1} | {
    text: version
    for version, word in ((Version.V2C, "2c"), (Version.V2C, "2"), (Version.V3, "3"))
    for text in (word, f"v{word}", f"snmpv{word}")
}


@dataclass(frozen=True, slots=True)
class Fed:
    """An outlet that feeds a node: the PDU's name and the number there, from 1."""

    pdu: str
    outlet: int


def pdu_endpoint(world: World, node: str) -> Pdu:
    """The PDU of this name. Raises NotFound, with a sentence on what to set, when table pdu lacks or mistakes something."""
    kind = world.value(node, "pdu", "pdutype") or "irpdu"
    if kind not in MODELS:
        raise NotFound(f"pdu.pdutype of {node} is {kind!r}: write one of {', '.join(MODELS)}.")
    host = world.value(node, "hosts", "ip") or node
    return pdu(node, host, MODELS[kind], _access(world, node), _outlets(world, node))


def fed_by(world: World, node: str) -> list[Fed]:
    """The outlets of a node, as pduoutlet.pdu has them: `pdu1:3,pdu2:4`. Raises NotFound when there are none."""
    text = world.value(node, "pduoutlet", "pdu")
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise NotFound(f"without pdu attribute: say what feeds it with chdef {node} pdu=<pdu>:<outlet>")
    return [_fed(node, part) for part in parts]


def _fed(node: str, part: str) -> Fed:
    name, _, number = part.rpartition(":")
    if not name or not (number.isascii() and number.isdigit()):
        raise NotFound(f"pduoutlet.pdu of {node} has {part!r}: write <pdu>:<outlet>, several with commas between.")
    return Fed(name, int(number))


def _outlets(world: World, node: str) -> int:
    text = world.value(node, "pdu", "outlet").strip()
    return int(text) if text.isascii() and text.isdigit() else 0


def _access(world: World, node: str) -> Access:
    row = world.row(node, "pdu")
    text = row.get("snmpversion", "1").strip().lower()
    version = _VERSIONS.get(text)
    if version is None:
        raise NotFound(f"pdu.snmpversion of {node} is {text!r}: write 1, 2c or 3.")
    if version is not Version.V3:
        return Access(version, Secret(row.get("community", "public")))
    return _user(node, row)


def _user(node: str, row: Mapping[str, str]) -> Access:
    """SNMP 3; the usual kinds are those of xCAT: MD5 and DES, and the key of the one serves for the other."""
    user, level = row.get("snmpuser", ""), row.get("seclevel", "noAuthNoPriv").lower()
    if not user:
        raise NotFound(f"{node} has no SNMP user in pdu.snmpuser: set one with chdef {node} snmpuser=<user>")
    if level not in _LEVELS:
        raise NotFound(f"pdu.seclevel of {node} is {row['seclevel']!r}: write noAuthNoPriv, authNoPriv or authPriv.")
    auth = _AUTH.get(row.get("authtype", "MD5").lower(), "")
    priv = _PRIV.get(row.get("privtype", "DES").lower(), "")
    if not auth or not priv:
        raise NotFound(f"pdu.authtype of {node} must be MD5 or SHA, and pdu.privtype DES or AES.")
    key = row.get("authkey", "")
    if level == "noauthnopriv":
        return Access(Version.V3, user=user)
    if not key:
        raise NotFound(f"{node} has no key in pdu.authkey: set one with chdef {node} authkey=<passphrase>")
    signed = Access(Version.V3, user=user, auth=auth, auth_key=Secret(key))
    if level == "authnopriv":
        return signed
    return Access(
        Version.V3, user=user, auth=auth, auth_key=Secret(key), priv=priv, priv_key=Secret(row.get("privkey", key))
    )
