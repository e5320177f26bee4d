"""Who we are to a service: sessions, kept and given back, and the password where there are none."""

from __future__ import annotations

import asyncio
import logging
import ssl

import pytest

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Service, hanging, refusing, serving
from tests.simulators.redfishtree import RESET, ROOT, SESSIONS, SYSTEM
from tests.unit.hardware.redfish.places import Site
from xcatd.errors import BadCredentials
from xcatd.hardware import Limits, PowerAction, PowerState
from xcatd.hardware.redfish import login


async def test_one_session_for_many_questions(service: Service, site: Site) -> None:
    power = site.device(service).power
    await asyncio.gather(*(power.power_state() for _ in range(8)))
    await power.set_power(PowerAction.ON)
    assert service.logins == 1
    assert len(service.sessions) == 1


async def test_the_one_that_was_used_last_is_kept_when_there_are_too_many(
    service: Service, context: ssl.SSLContext, certificates: Certificates
) -> None:
    async with serving(Service(), context) as other, Site(certificates.ca, Limits(sessions=1)) as site:
        for place in (service, service, other, service):
            assert await site.device(place).power.power_state() is PowerState.OFF
    assert (service.logins, other.logins) == (2, 1)


async def test_it_is_given_back_at_the_end(service: Service, certificates: Certificates) -> None:
    async with Site(certificates.ca) as site:
        await site.device(service).power.power_state()
        assert len(service.sessions) == 1
    assert service.sessions == {}
    assert service.asked[-1] == f"DELETE {SESSIONS}/1"


async def test_leaving_does_not_wait_for_a_service_that_has_died(service: Service, certificates: Certificates) -> None:
    async with asyncio.timeout(20):
        async with Site(certificates.ca) as site:
            await site.device(service).power.power_state()
            service.instead[f"DELETE {SESSIONS}/1"] = [hanging]
        assert service.asked[-1] == f"DELETE {SESSIONS}/1"


async def test_an_account_of_another_name_has_a_session_of_its_own(service: Service, site: Site) -> None:
    await site.device(service).power.power_state()
    with pytest.raises(BadCredentials):
        await site.device(service, user="oper").power.power_state()
    await site.device(service).power.power_state()
    assert service.logins == 1


async def test_a_dropped_session_is_opened_again_and_nobody_notices(service: Service, site: Site) -> None:
    power = site.device(service).power
    await power.power_state()
    service.drop_sessions()
    assert await power.power_state() is PowerState.OFF
    assert service.logins == 2


async def test_a_session_dropped_before_a_reset_does_not_double_it(service: Service, site: Site) -> None:
    power = site.device(service).power
    await power.set_power(PowerAction.ON)
    service.instead[f"POST {RESET}"] = [refusing(401, "NoValidSession", "It was closed")]
    await power.set_power(PowerAction.RESET)
    assert service.journal == ["power 1", "reset 1"]
    assert service.logins == 2


async def test_a_service_that_refuses_its_own_session_ends_it(service: Service, site: Site) -> None:
    service.instead[f"GET {SYSTEM}"] = [refusing(401, "NoValidSession", "No") for _ in range(9)]
    with pytest.raises(
        BadCredentials, match='does not let in the user "admin" with this password: No; correct them in'
    ):
        await site.device(service).power.power_state()
    assert service.logins == 2


async def test_a_session_is_not_used_for_ever(service: Service, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "KEPT", 0.0)
    power = site.device(service).power
    await power.power_state()
    await power.power_state()
    assert service.logins > 1
    assert len(service.sessions) == 1


@pytest.mark.parametrize("status", [404, 405, 501, 503])
async def test_the_password_is_used_where_sessions_do_not_work(service: Service, site: Site, status: int) -> None:
    service.instead[f"POST {SESSIONS}"] = [refusing(status, "SessionLimitExceeded", "No more")]
    assert await site.device(service).power.power_state() is PowerState.OFF
    assert service.logins == 0


async def test_sessions_are_found_below_their_service(service: Service, site: Site) -> None:
    service.tree[ROOT]["SessionService"] = {"@odata.id": "/redfish/v1/SessionService/"}
    del service.tree[ROOT]["Links"]
    await site.device(service).power.power_state()
    assert service.logins == 1


async def test_the_password_is_used_where_there_are_no_sessions(service: Service, site: Site) -> None:
    service.has_sessions = False
    del service.tree[ROOT]["Links"]
    power = site.device(service).power
    assert await power.power_state() is PowerState.OFF
    service.asked.clear()
    assert await power.power_state() is PowerState.OFF
    assert service.asked == [f"GET {SYSTEM}"]


@pytest.mark.parametrize("has_sessions", [True, False])
@pytest.mark.parametrize("user, password", [("nobody", "secret"), ("admin", "wrong-one")])
async def test_wrong_user_and_wrong_password(
    service: Service, site: Site, user: str, password: str, has_sessions: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if not has_sessions:
        del service.tree[ROOT]["Links"]
    with pytest.raises(BadCredentials, match=f'does not let in the user "{user}" with this password') as caught:
        await site.device(service, user, password).power.power_state()
    assert password not in f"{caught.value!r} {caught.value.__context__!r} {caplog.text}"


async def test_what_a_user_may_not_do_is_told(service: Service, site: Site) -> None:
    service.instead[f"POST {RESET}"] = [refusing(403, "InsufficientPrivilege", "You are an Operator")]
    with pytest.raises(
        BadCredentials, match='not allow this to the user "admin": You are an Operator; give that user a'
    ):
        await site.device(service).power.set_power(PowerAction.ON)
