"""The answer files of many nodes: those with the same image share what is read of its template."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.autoinst.checking import faults_in
from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.image import Image, image_name_of, image_named
from xcatd.services.autoinst.shelf import Shelf, shipped
from xcatd.services.autoinst.target import Target, site, target_of
from xcatd.services.autoinst.template import Template, read_script, read_template
from xcatd.services.postscripts.here import Here

_CHUNK = 50
"""Nodes that are done before others have their turn."""
_WITH_SCRIPT: Final = frozenset({Form.PRESEED, Form.AUTOINSTALL})
"""Installers that fetch a script beside their answers, because no longer one can stand in them."""
_POST: Final = "scripts/post.sh"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a node's installer fetches. `text` is the file; `post` a script for the installed system, "" where the file has it."""

    form: Form
    text: str
    post: str = ""

    def files(self, node: str) -> Mapping[str, str]:
        """The texts by their paths below <installdir>/autoinst. Ubuntu's installer reads a folder (cloud-init, NoCloud)."""
        post = {f"{node}.post": self.post} if self.post else {}
        if self.form is not Form.AUTOINSTALL:
            return {node: self.text, **post}
        meta = f"instance-id: {node}\n"
        return {f"{node}/user-data": self.text, f"{node}/meta-data": meta, f"{node}/vendor-data": "", **post}


@dataclass(frozen=True, slots=True)
class _Sheets:
    """What an image's answers are made of."""

    here: Here
    image: Image
    main: Template
    post: Template | None

    def answers(self, node: str) -> Answers:
        target: Target = target_of(self.here, self.image, node)
        post = "" if self.post is None else self.post.text(target)
        return Answers(self.main.form, self.main.text(target), post)


async def make_answers(here: Here, nodes: Sequence[str], image: str = "") -> Mapping[str, Answers | ServiceError]:
    """The answers of each node, or why there are none. `image`: the osimage for all, else each node's own (nodetype.provmethod).

    The first of each image is checked before others are made: what is wrong there is wrong in all.
    """
    made: dict[str, Answers | ServiceError] = {}
    for name, group in _by_image(here, nodes, image, made).items():
        try:
            sheets = await asyncio.to_thread(_sheets, here, name)
        except ServiceError as error:
            made |= dict.fromkeys(group, error)
            continue
        made |= await _made(sheets, group)
    return {node: made[node] for node in nodes}


def _by_image(
    here: Here, nodes: Iterable[str], image: str, failed: dict[str, Answers | ServiceError]
) -> Mapping[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for node in nodes:
        try:
            groups.setdefault(image or image_name_of(here.world, node), []).append(node)
        except ServiceError as error:
            failed[node] = error
    return groups


def _sheets(here: Here, name: str) -> _Sheets:
    image = image_named(here.world, name)
    main = read_template(here, image)
    post = read_script(here, image, _post_of(here)) if main.form in _WITH_SCRIPT else None
    return _Sheets(here, image, main, post)


def _post_of(here: Here) -> Path:
    """The site's script, else the program's."""
    own = Path(site(here, "installdir")) / "custom/install" / _POST
    return own if Shelf(here).has(own) else shipped() / _POST


async def _made(sheets: _Sheets, nodes: Sequence[str]) -> Mapping[str, Answers | ServiceError]:
    made: dict[str, Answers | ServiceError] = {}
    is_checked = False
    for start in range(0, len(nodes), _CHUNK):
        some = await asyncio.to_thread(_some, sheets, nodes[start : start + _CHUNK])
        first = next(((node, one) for node, one in some.items() if isinstance(one, Answers)), None)
        if first is not None and not is_checked:
            faults = await faults_in(first[1].form, first[1].text, sheets.image)
            if faults:
                return dict.fromkeys(nodes, _wrong(sheets.image, first[0], faults))
            is_checked = True
        made |= some
    return made


def _wrong(image: Image, node: str, faults: Sequence[str]) -> ServiceError:
    said = "; ".join(faults)
    return ServiceError(f"The template {image.template} gives no file that can be used, as made for {node}: {said}")


def _some(sheets: _Sheets, nodes: Sequence[str]) -> Mapping[str, Answers | ServiceError]:
    made: dict[str, Answers | ServiceError] = {}
    for node in nodes:
        try:
            made[node] = sheets.answers(node)
        except ServiceError as error:
            made[node] = error
    return made
