"""Settings of the clock and of the power after a failure (schemas ManagerNetworkProtocol and ComputerSystem)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from xcatd.errors import Unsupported, UsageError
from xcatd.hardware.redfish.fields import Resource
from xcatd.hardware.redfish.places import Places
from xcatd.hardware.redfish.words import Word, chosen
from xcatd.hardware.settings import Setting

_RESTORE = {"always_on": "AlwaysOn", "always_off": "AlwaysOff", "restore": "LastState"}
_SHOWN = {"LastState": "Restore"}
"""How xCAT 2 shows it."""
_SYNC = {"ntp": "NTP", "manual": "Manual"}
_chosen_sync = partial(chosen, "timesyncmethod", choices=_SYNC)
_chosen_policy = partial(chosen, "powerrestorepolicy", choices=_RESTORE)


async def protocols(places: Places) -> Resource:
    """The network protocols of the manager."""
    manager = await places.manager()
    found = await places.controller.find(manager.fields.link("NetworkProtocol"))
    if found is None:
        raise Unsupported(f"the BMC at {places.place} tells nothing about its network protocols")
    return found


async def _ntp_servers(places: Places) -> Setting:
    servers = (await protocols(places)).fields.texts("NTP", "NTPServers")
    return Setting("BMC NTP Servers", ",".join(filter(None, servers)) or "None")


def _listed_servers(value: str) -> list[str]:
    servers = [server for server in value.split(",") if server]
    if not servers or any(not server.isprintable() or " " in server for server in servers):
        raise UsageError(f'"{value}" is no value for ntpservers: give names or addresses with commas between them')
    return servers


async def _set_ntp_servers(places: Places, value: str) -> Setting:
    servers = _listed_servers(value)
    await places.controller.change(await protocols(places), {"NTP": {"NTPServers": servers}})
    return await _ntp_servers(places)


async def _time_sync(places: Places) -> Setting:
    is_on = (await protocols(places)).fields.flag("NTP", "ProtocolEnabled")
    return Setting("BMC TimeSyncMethod", "NTP" if is_on else "Manual")


async def _set_time_sync(places: Places, value: str) -> Setting:
    is_on = _chosen_sync(value) == "NTP"
    await places.controller.change(await protocols(places), {"NTP": {"ProtocolEnabled": is_on}})
    return await _time_sync(places)


async def _restore_policy(places: Places) -> Setting:
    policy = (await places.system()).fields.text("PowerRestorePolicy")
    if not policy:
        raise Unsupported(f"the BMC at {places.place} does not say what the node does when power comes back")
    return Setting("BMC PowerRestorePolicy", _SHOWN.get(policy, policy))


async def _set_restore_policy(places: Places, value: str) -> Setting:
    policy = _chosen_policy(value)
    await places.controller.change(await places.system(), {"PowerRestorePolicy": policy})
    return await _restore_policy(places)


POLICIES: Mapping[str, Word] = MappingProxyType(
    {
        "ntpservers": Word(_ntp_servers, _set_ntp_servers, check=_listed_servers),
        "timesyncmethod": Word(_time_sync, _set_time_sync, check=_chosen_sync),
        "powerrestorepolicy": Word(_restore_policy, _set_restore_policy, check=_chosen_policy),
    }
)
