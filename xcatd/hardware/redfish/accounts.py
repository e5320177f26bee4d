"""The accounts of a controller (schemas AccountService and ManagerAccount)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from xcatd.errors import NodeError, Unsupported, UsageError
from xcatd.hardware.redfish.controller import ROOT
from xcatd.hardware.redfish.fields import Fields, Resource
from xcatd.hardware.redfish.places import Places
from xcatd.hardware.redfish.refusals import Refused
from xcatd.hardware.redfish.words import Word
from xcatd.hardware.settings import Setting
from xcatd.model import Secret

ROLE = "Administrator"
"""Of an account that is made here."""
_EXPIRED = "PasswordChangeRequired"
"""Message of the Base registry: until the password is changed, nothing else is allowed (DSP0266, 13.2.2)."""


class Accounts:
    """`userid` or `username` says which account the `password` after it is for; one of a new name is made then.

    `userid` with `username` after it gives that account the name.
    """

    def __init__(self) -> None:
        self._number = ""
        self._name = ""
        self.words: Mapping[str, Word] = {
            "users": Word(_users),
            "userid": Word(write=self._set_number),
            "username": Word(write=self._set_name, check=_check_name),
            "password": Word(write=self._set_password, is_secret=True, check=_password_of),
            "admin_passwd": Word(write=_set_own_password, is_secret=True),
        }

    async def _set_number(self, places: Places, value: str) -> Setting:
        await _with_number(places, value)
        self._number = value
        return Setting("BMC User ID", value)

    async def _set_name(self, places: Places, value: str) -> Setting:
        _check_name(value)
        if self._number:
            account = await _with_number(places, self._number)
            if account.fields.text("UserName"):  # an empty slot takes both at once
                await places.controller.change(account, {"UserName": value})
        self._name = value
        return Setting("set username Done", "")

    async def _set_password(self, places: Places, value: str) -> Setting:
        if not self._number and not self._name:
            raise UsageError("say whose password it is: userid=<id> before it, or username=<name>")
        password = _password_of(value)
        account = await self._account(places)
        if account is None:
            await _make(places, self._name, password)
        elif account.fields.text("UserName") or not self._name:
            await _change_password(places, account, password)
        else:
            await _hiding(password, places.controller.change(account, _words(self._name, password)))
        return Setting("set password Done", "")

    async def _account(self, places: Places) -> Resource | None:
        """The one that was said to be meant; None: it has to be made."""
        if self._number:
            return await _with_number(places, self._number)
        return _with_name(await _accounts(places), self._name)


async def _users(places: Places) -> Setting:
    return Setting("BMC Users", "; ".join(_described(account.fields) for account in await _accounts(places)) or "none")


def _described(account: Fields) -> str:
    role = account.text("RoleId") or "no role"
    disabled = ", disabled" if account.flag("Enabled") is False else ""
    return f"{account.text('Id')} {account.text('UserName') or 'without a name'} ({role}{disabled})"


async def _set_own_password(places: Places, value: str) -> Setting:
    """`old,new`: the password of the account that we use. The old one must be the one in our tables."""
    old = places.controller.endpoint.password.reveal()
    if not value.startswith(f"{old},"):
        raise UsageError(
            "the current password of the BMC is not this one: give admin_passwd=<password in the tables>,<new password>"
        )
    await _change_password(places, await _own(places), _password_of(value[len(old) + 1 :]))
    return Setting("BMC password changed: update bmcpassword of the node, or the passwd table", "")


async def _own(places: Places) -> Resource:
    user = places.controller.endpoint.user
    try:
        found = _with_name(await _accounts(places), user)
    except Refused as refused:
        if _EXPIRED not in refused.words:
            raise
        found = Resource(f"{ROOT}AccountService/Accounts/{quote(user, safe='')}", Fields({}))
    if found is None:
        raise NodeError(f'the BMC at {places.place} does not list the account "{user}": change its password on the BMC')
    return found


async def _collection(places: Places) -> str:
    service = await places.controller.find((await places.controller.root()).fields.link("AccountService"))
    path = service.fields.link("Accounts") if service is not None else ""
    if not path:
        raise Unsupported(f"the BMC at {places.place} has no AccountService: change accounts on the BMC")
    return path


async def _accounts(places: Places) -> list[Resource]:
    return await places.members(await _collection(places))


def _with_name(accounts: list[Resource], name: str) -> Resource | None:
    return next((account for account in accounts if account.fields.text("UserName") == name), None)


async def _with_number(places: Places, number: str) -> Resource:
    accounts = await _accounts(places)
    found = next((account for account in accounts if account.fields.text("Id") == number), None)
    if found is None:
        ids = ", ".join(account.fields.text("Id") for account in accounts)
        raise UsageError(
            f'"{number}" is no value for userid: the BMC at {places.place} has {ids}; give username=<name> to make one'
        )
    return found


async def _change_password(places: Places, account: Resource, password: Secret) -> None:
    await _hiding(password, places.controller.change(account, {"Password": password.reveal()}))


async def _make(places: Places, name: str, password: Secret) -> None:
    await _hiding(password, places.controller.act(await _collection(places), _words(name, password)))


def _words(name: str, password: Secret) -> Mapping[str, Any]:
    """A whole account."""
    return {"UserName": name, "Password": password.reveal(), "RoleId": ROLE, "Enabled": True}


async def _hiding(password: Secret, work: Any) -> None:
    """Do it. A service that repeats the password, in its refusal or in the task that has failed, is not quoted with it."""
    try:
        await work
    except Refused as refused:
        refused.hide(password)
        raise
    except NodeError as error:
        raise type(error)(str(error).replace(password.reveal(), "***")) from None


def _check_name(value: str) -> None:
    if not value.isprintable() or " " in value or not value:
        raise UsageError(f'"{value}" is no value for username: give letters, digits and signs')


def _password_of(value: str) -> Secret:
    """The sentence does not repeat it."""
    if not value or not value.isprintable():
        raise UsageError("this cannot be the password of a BMC: give letters, digits and signs")
    return Secret(value)
