"""Machines on a hypervisor: found, defined, started and stopped. All of this blocks: it runs in a hypervisor's threads."""

from __future__ import annotations

from xcatd.errors import NotFound
from xcatd.hardware.libvirt.binding import Connection, Domain, load
from xcatd.hardware.libvirt.definition import definition, host_of
from xcatd.hardware.libvirt.disks import sources
from xcatd.hardware.libvirt.document import Document
from xcatd.hardware.libvirt.guest import Guest
from xcatd.hardware.libvirt.refusals import is_code
from xcatd.hardware.power import PowerState


def find(connection: Connection, guest: Guest) -> Domain | None:
    """The machine, None when the hypervisor knows none of this name."""
    libvirt = load()
    try:
        return connection.lookupByName(guest.node)
    except libvirt.libvirtError as error:
        if is_code(error, "VIR_ERR_NO_DOMAIN"):
            return None
        raise


def existing(connection: Connection, guest: Guest) -> Domain:
    """The machine. NotFound: the hypervisor knows none of this name."""
    domain = find(connection, guest)
    if domain is None:
        raise NotFound(
            f"VM does not appear to exist on {guest.place}: make it with mkvm {guest.node}, or correct vm.host"
        )
    return domain


def defined(connection: Connection, guest: Guest) -> Domain:
    """The machine, with a definition that outlives it. One that is not there is made as the tables have it."""
    domain = find(connection, guest)
    if domain is None:
        return connection.defineXML(guest.blueprint.stored or drawn(connection, guest))
    return kept(connection, domain)


def kept(connection: Connection, domain: Domain) -> Domain:
    """The machine, which does not vanish when it is turned off: xCAT 2 starts some that would."""
    return domain if domain.isPersistent() else connection.defineXML(document(domain).text())


def drawn(connection: Connection, guest: Guest) -> str:
    """The definition that follows from the tables and the disks that there are."""
    return definition(guest, host_of(connection.getCapabilities()), sources(connection, guest))


def document(domain: Domain) -> Document:
    """The definition that counts at the next start, with its passwords: nothing of it may be shown."""
    libvirt = load()
    return Document(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE))


def shown(domain: Domain) -> Document:
    """How the machine is now, without passwords."""
    return Document(domain.XMLDesc())


def state_of(domain: Domain | None) -> PowerState:
    """One that does not exist is off: xCAT 2 keeps no definition of those that are."""
    libvirt = load()
    if domain is None:
        return PowerState.OFF
    state = domain.state()[0]
    if state in (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_CRASHED):
        return PowerState.OFF
    if state in (libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PMSUSPENDED):
        return PowerState.SUSPENDED
    return PowerState.ON


def start(connection: Connection, domain: Domain) -> None:
    """Start it. A boot device that was chosen for this start only is forgotten then."""
    domain.create()
    whole = document(domain)
    if whole.is_once:
        whole.forget_choice()
        connection.defineXML(whole.text())


def stop(connection: Connection, domain: Domain) -> Domain:
    """Take its power away."""
    domain = kept(connection, domain)
    domain.destroy()
    return domain
