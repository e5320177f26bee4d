"""New firmware: the image arrives whole, once, and the task is followed to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulators.badredfish import TASK, Service, refusing
from tests.simulators.redfishtree import MULTIPART, PUSH, UPDATE
from tests.unit.hardware.redfish.places import Site
from xcatd.errors import NodeError, NotFound, Unsupported
from xcatd.hardware import Firmware

CONTENT = bytes(range(256)) * 3000
"""More than one read of a file and one TLS record."""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    image = tmp_path / "bmc-2.15.tar"
    image.write_bytes(CONTENT)
    return image


@pytest.fixture
async def firmware(service: Service, site: Site) -> Firmware:
    return site.device(service).firmware


class Told:
    def __init__(self) -> None:
        self.words: list[str] = []

    async def __call__(self, text: str) -> None:
        self.words.append(text)


async def test_an_image_is_sent_with_its_parameters(firmware: Firmware, service: Service, image: Path) -> None:
    service.task = [
        {"TaskState": "Starting"},
        {"TaskState": "Running", "PercentComplete": 50},
        {"TaskState": "Completed", "PercentComplete": 100},
    ]
    told = Told()
    await firmware.update_firmware(image, told, timeout=20)
    assert service.images == [CONTENT]
    assert service.journal == ["part UpdateParameters", "part UpdateFile"]
    assert told.words == ["sending bmc-2.15.tar", "Starting", "Running 50%"]


async def test_an_image_is_pushed_where_there_is_no_form(firmware: Firmware, service: Service, image: Path) -> None:
    del service.tree[UPDATE]["MultipartHttpPushUri"]
    await firmware.update_firmware(image, Told(), timeout=20)
    assert service.images == [CONTENT]
    assert service.asked[-1] == f"POST {PUSH}"


async def test_an_image_that_is_refused(firmware: Firmware, service: Service, image: Path) -> None:
    service.instead[f"POST {MULTIPART}"] = [refusing(400, "InvalidImage", "The signature is wrong")]
    with pytest.raises(NodeError, match=r"refuses POST \S+/multipart \(400\): The signature is wrong"):
        await firmware.update_firmware(image, Told(), timeout=20)
    assert service.asked.count(f"POST {MULTIPART}") == 1


async def test_an_image_that_cannot_be_installed(firmware: Firmware, service: Service, image: Path) -> None:
    failed = {"TaskState": "Exception", "Messages": [{"Message": "The image is for another machine"}]}
    service.task = [{"TaskState": "Running"}, failed]
    with pytest.raises(NodeError, match=r"\(Exception\): The image is for another machine$"):
        await firmware.update_firmware(image, Told(), timeout=20)
    assert service.asked.count(f"GET {TASK}") == 1


async def test_an_image_that_is_too_large_is_not_sent(firmware: Firmware, service: Service, image: Path) -> None:
    service.tree[UPDATE]["MaxImageSizeBytes"] = 1000
    with pytest.raises(NodeError, match=r"has 768000 octets, and the BMC at .* takes 1000 at most"):
        await firmware.update_firmware(image, Told(), timeout=20)
    assert service.images == []


async def test_an_image_that_is_not_there(firmware: Firmware, tmp_path: Path) -> None:
    with pytest.raises(
        NotFound, match=r"no-such cannot be read \(No such file or directory\): give the path of an image"
    ):
        await firmware.update_firmware(tmp_path / "no-such", Told(), timeout=20)


async def test_a_session_that_ends_before_the_image_is_sent_is_noticed(
    firmware: Firmware, service: Service, image: Path
) -> None:
    await firmware.update_firmware(image, Told(), timeout=20)
    service.drop_sessions()
    await firmware.update_firmware(image, Told(), timeout=20)
    assert service.images == [CONTENT, CONTENT]


async def test_a_service_that_takes_no_image_says_so(firmware: Firmware, service: Service, image: Path) -> None:
    del service.tree[UPDATE]["MultipartHttpPushUri"], service.tree[UPDATE]["HttpPushUri"]
    with pytest.raises(Unsupported, match="takes no image that is sent to it"):
        await firmware.update_firmware(image, Told(), timeout=20)
    service.tree[UPDATE]["ServiceEnabled"] = False
    with pytest.raises(Unsupported, match="has no UpdateService that is on"):
        await firmware.update_firmware(image, Told(), timeout=20)
