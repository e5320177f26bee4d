"""The cluster: is every service node linked, and does it have what the management node has? Daemons tell what they know of
themselves (`lsdaemons`), and that is compared; what is secret is compared by salted digests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from xcatd.daemon.facts import NONE
from xcatd.daemon.settings import split_addresses
from xcatd.model import Role
from xcatd.probe import Failed, Finding, Here, Noted, NotNow, Warned, check
from xcatd.probe.checks.certificates import SOON
from xcatd.probe.checks.daemon import handshake

_APART = 30.0
"""Seconds that clocks may differ."""


@check("hierarchy", "the management node can be dialled", roles=(Role.SERVICE,), rank=80)
def master_can_be_dialled(here: Here) -> Iterator[Finding]:
    """A handshake as the daemon would do it, whether it runs or not. Raises ConfigError."""
    places = split_addresses(here.settings.master, 3001)
    troubles = {place: trouble for place in places if (trouble := handshake(here, *place))}
    kind = Failed if len(troubles) == len(places) else Warned
    for (host, port), trouble in troubles.items():
        yield kind(f"{host} port {port}: {trouble}")


@check("hierarchy", "the link to the management node is up", roles=(Role.SERVICE,), rank=81)
def link_is_up(here: Here) -> Iterator[Finding]:
    """A command of the management node, typed here, is answered."""
    if not here.answers:
        yield Failed("xcatd of this host does not answer: start it with systemctl start xcatd, or xcatd")
        return
    answer = here.ask("lsdaemons", "--salt", here.salt)
    if here.name not in here.facts:
        yield Failed(f"{answer.reason}: see {here.paths.log}/xcatd.log, and whether xcatd runs on the management node")


@check("hierarchy", "all service nodes are linked", roles=(Role.MANAGEMENT,), rank=82)
def all_are_linked(here: Here) -> Iterator[Finding]:
    """Each daemon says which daemons should be below it, and which are."""
    if not here.answers:
        yield Failed("xcatd of this host does not answer: start it with systemctl start xcatd, or xcatd")
        return
    told = _told(here)
    if not told:
        yield Noted("The tables name no service node")
    for above, facts in here.facts.items():
        for fact, text in facts.items():
            name = fact.removeprefix("link ")
            if fact != name and text.startswith("down"):
                yield Failed(
                    f"{name} has no link to {above} ({text.removeprefix('down, ')}): start xcatd there, and run "
                    f"`xcatprobe hierarchy` on {name}"
                )
            elif fact != name and name not in here.facts:
                yield Failed(f"{name} is linked and does not answer: look into xcatd.log on {name}")


@check("hierarchy", "all daemons run the same version", rank=83)
def versions_are_equal(here: Here) -> Iterator[Finding]:
    """What `nodels -v` says on each, and what each said in its greeting: one of another version may not know lsdaemons."""
    lead = _lead(here).get("version", "")
    greeted = {
        fact.removeprefix("link "): text.removeprefix("up, ")
        for facts in here.facts.values()
        for fact, text in facts.items()
        if fact.startswith("link ") and text.startswith("up, ")
    }
    told = {name: facts.get("version", "") for name, facts in _told(here).items()}
    for name, version in (greeted | told).items():
        if version != lead and (here.role is Role.MANAGEMENT or name == here.name):
            yield Failed(
                f"{name} runs {version}, and the management node {lead}: install the same on {name} (make install), then "
                "systemctl reload xcatd"
            )


@check("hierarchy", "all daemons believe the same authority", rank=84)
def authorities_are_equal(here: Here) -> Iterator[Finding]:
    """ca.pem is the same certificate everywhere."""
    for name, facts in _told(here).items():
        if facts.get("authority") != _lead(here).get("authority"):
            yield Failed(
                f"ca.pem on {name} is not that of the management node: copy /etc/xcat/cert/ca.pem there and have its "
                f"certificate signed anew (xcatcert sign sn {name})"
            )


@check("hierarchy", "certificates of service nodes do not end soon", rank=85)
def certificates_last(here: Here) -> Iterator[Finding]:
    """A link that is up with a certificate that ends is down at its next call."""
    for name, facts in _told(here).items():
        try:
            end = datetime.strptime(facts.get("certificate ends", ""), "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            yield Failed(f"The certificate of {name} is {facts.get('certificate ends')}: install it there anew")
            continue
        if end < datetime.now(UTC) + SOON:
            yield Warned(
                f"The certificate of {name} ends on {end:%Y-%m-%d}: xcatcert renew {name} --out FILE, and xcatcert install "
                f"FILE on {name}"
            )


@check("hierarchy", "cfgloc is the same on all daemons", rank=86)
def cfglocs_are_equal(here: Here) -> Iterator[Finding]:
    """But for the host in it, which a service node may know by another name."""
    lead = _lead(here).get("cfgloc", NONE)
    for name, facts in _told(here).items():
        own = facts.get("cfgloc", NONE)
        if own == lead:
            continue
        state = (
            "has none" if own == NONE else "has one, and the management node none" if lead == NONE else "has another"
        )
        remedy = "remove it there" if lead == NONE else "copy the management node's there, mode 600"
        yield Failed(f"/etc/xcat/cfgloc: {name} {state}: {remedy}, then systemctl restart xcatd")


@check("hierarchy", "the ssh host keys of the nodes are the same on all daemons", rank=87)
def host_keys_are_equal(here: Here) -> Iterator[Finding]:
    """Nodes get them from their service node, and must know each other."""
    lead = _lead(here).get("host keys", NONE)
    for name, facts in _told(here).items():
        if lead != NONE and facts.get("host keys") != lead:
            yield Failed(
                f"{name} {'lacks' if facts.get('host keys') == NONE else 'has other'} ssh host keys for the nodes: copy "
                f"/etc/xcat/hostkeys of the management node to {name}"
            )


@check("hierarchy", "the clocks of all daemons agree", rank=88)
def clocks_agree(here: Here) -> Iterator[Finding]:
    """Certificates and logs are of little use where they do not."""
    for name, facts in _told(here).items():
        try:
            apart = abs(datetime.fromisoformat(facts["time"]) - datetime.fromisoformat(_lead(here)["time"]))
        except (KeyError, ValueError):
            continue
        if apart.total_seconds() > _APART:
            yield Warned(f"The clock of {name} is {apart.total_seconds():.0f} s away: have chrony or ntpd set it")


def _lead(here: Here) -> Mapping[str, str]:
    """What the management node says. Raises NotNow."""
    for facts in here.facts.values():
        if facts.get("role") == str(Role.MANAGEMENT):
            return facts
    raise NotNow("no daemon answers" if not here.answers else "the management node does not answer")


def _told(here: Here) -> Mapping[str, Mapping[str, str]]:
    """What service nodes say, or on a service node what this one says: name -> facts. Raises NotNow."""
    _lead(here)
    services = {name: facts for name, facts in here.facts.items() if facts.get("role") == str(Role.SERVICE)}
    if here.role is Role.SERVICE:
        return {here.name: here.own_facts | services.get(here.name, {})}
    return services
