"""Bringing an image to a service: the file is pushed to its UpdateService, and the task followed to its end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from xcatd.errors import NodeError, NotFound, Unsupported
from xcatd.hardware.firmware import Firmware, Tell
from xcatd.hardware.redfish.fields import Resource
from xcatd.hardware.redfish.places import Machine, Places


class UpdateService(Firmware):
    """The firmware of one node. The service finds out by itself which part of the node an image is for."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def _update(self, image: Path, tell: Tell, timeout: float) -> None:
        await self._machine.ask(timeout, partial(_update, image=image, tell=tell))


async def _update(places: Places, image: Path, tell: Tell) -> None:
    size = await asyncio.to_thread(_size, image)
    service = await _service(places)
    most = service.fields.number("MaxImageSizeBytes")
    if most is not None and size > most:
        raise NodeError(
            f"{image} has {size} octets, and the BMC at {places.place} takes {most:.0f} at most: give another"
        )
    send = _multipart if service.fields.text("MultipartHttpPushUri") else _push
    await tell(f"sending {image.name}")
    await send(places, service, image, tell)


async def _service(places: Places) -> Resource:
    found = await places.controller.find((await places.controller.root()).fields.link("UpdateService"))
    if found is None or found.fields.flag("ServiceEnabled") is False:
        raise Unsupported(f"the BMC at {places.place} has no UpdateService that is on: update it by its own means")
    if not found.fields.text("MultipartHttpPushUri") and not found.fields.text("HttpPushUri"):
        raise Unsupported(f"the BMC at {places.place} takes no image that is sent to it: update it by its own means")
    return found


async def _multipart(places: Places, service: Resource, image: Path, tell: Tell) -> None:
    """DSP0266, 12.5: the parameters, then the file."""

    def form(file: Any) -> aiohttp.FormData:
        data = aiohttp.FormData(quote_fields=False)
        data.add_field("UpdateParameters", json.dumps({"Targets": []}), content_type="application/json")
        data.add_field("UpdateFile", file, filename=image.name, content_type="application/octet-stream")
        return data

    await _send(places, service.fields.text("MultipartHttpPushUri"), image, form, {}, tell)


async def _push(places: Places, service: Resource, image: Path, tell: Tell) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    await _send(places, service.fields.text("HttpPushUri"), image, lambda file: file, headers, tell)


async def _send(
    places: Places, path: str, image: Path, made: Callable[[Any], Any], headers: Mapping[str, str], tell: Tell
) -> None:
    """aiohttp reads the file in a thread, and closes it."""
    file = await asyncio.to_thread(image.open, "rb")
    try:
        await places.controller.upload(path, lambda: made(file), headers, tell)
    finally:
        file.close()


def _size(image: Path) -> int:
    try:
        return image.stat().st_size
    except OSError as error:
        raise NotFound(f"{image} cannot be read ({error.strerror}): give the path of an image on this host") from None
