"""Any operation, in the middle of which the service ends the session or answers nonsense: the outcome is right, or a sentence."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from tests.helpers.certificates import Certificates
from tests.simulators.badredfish import Answer, Service, breaking_off, dropping, refusing, saying, serving
from tests.unit.hardware.operations import OPERATIONS, account
from tests.unit.hardware.redfish.places import Site
from xcatd.errors import NodeError

MOMENTS = (*range(1, 9), 12)
"""Which of the requests finds it so."""
ALL = {
    **OPERATIONS,
    "account": account(username="joe", password="s3cret"),
    "interfaces": lambda device: device.inventory.nics(),
}
NONSENSE: dict[str, Answer] = {
    "a web page": saying(200, "<html>log in</html>"),
    "a fault with a page": saying(500, "<html>oops</html>"),
    "nothing": saying(200, "", "application/json"),
    "a list": saying(200, "[1]", "application/json"),
    "an empty object": saying(200, "{}", "application/json"),
    "half an answer": breaking_off,
    "hanging up": dropping,
    "nobody knows": saying(404, "no such page"),
    "not allowed": refusing(403, "InsufficientPrivilege", "You may not"),
    "not logged in": refusing(401, "NoValidSession", "There is no valid session"),
}


@dataclass
class Moody(Service):
    """At the request with the number `moment` it is `so`, and else as always. None: it forgets all sessions then."""

    moment: int = 0
    so: Answer | None = None

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if len(self.asked) + 1 == self.moment:
            if self.so is not None:
                self.asked.append("nonsense")
                return await self.so(request)
            self.drop_sessions()
        return await super().answer(request)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", ALL)
async def test_a_session_that_is_dropped_in_the_middle(
    site: Site, context: ssl.SSLContext, service: Service, name: str, moment: int
) -> None:
    expected = await ALL[name](site.device(service))
    async with serving(Moody(moment=moment), context) as moody:
        assert await ALL[name](site.device(moody)) == expected


@pytest.mark.parametrize("so", NONSENSE)
@pytest.mark.parametrize("name", ALL)
async def test_nonsense_in_the_middle_is_a_sentence(
    certificates: Certificates, context: ssl.SSLContext, name: str, so: str
) -> None:
    for moment in MOMENTS:
        async with serving(Moody(moment=moment, so=NONSENSE[so]), context) as moody, Site(certificates.ca) as site:
            try:
                await ALL[name](site.device(moody))
            except NodeError as error:
                assert f"{moody.host}:{moody.port}" in str(error)
                assert len(str(error).splitlines()) == 1


async def test_firmware_is_sent_once_whatever_happens(site: Site, context: ssl.SSLContext, tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"firmware")

    async def tell(text: str) -> None: ...

    for moment in range(1, 8):
        async with serving(Moody(moment=moment, so=dropping), context) as moody:
            try:
                await site.device(moody).firmware.update_firmware(image, tell)
            except NodeError:
                assert len(moody.images) <= 1
            else:
                assert moody.images == [b"firmware"]
