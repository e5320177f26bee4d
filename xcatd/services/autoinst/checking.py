"""Whether an installer would understand an answer file: the checkers of the distributions say it, where they are installed, and
what Python has."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import yaml

from xcatd.services.autoinst.form import Form
from xcatd.services.autoinst.image import Image
from xcatd.services.programs import find_program, run_program

CHECKERS: Final[Mapping[Form, tuple[str, str]]] = {
    Form.KICKSTART: ("ksvalidator", "pykickstart"),
    Form.PRESEED: ("debconf-set-selections", "debconf"),
}
"""Programs, and the packages that have them."""
_MOST = 3
_APPENDS: Final = "%ksappend"
"""ksvalidator would fetch what stands behind this, be it a file that only root may read, and say what is wrong in it."""
_KEYS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "version": int,
    "interactive-sections": list,
    "early-commands": (list, str),
    "locale": (str, type(None)),
    "refresh-installer": dict,
    "keyboard": dict,
    "source": dict,
    "network": dict,
    "proxy": (str, type(None)),
    "apt": dict,
    "storage": dict,
    "identity": dict,
    "active-directory": dict,
    "ubuntu-pro": dict,
    "ssh": dict,
    "codecs": dict,
    "drivers": dict,
    "oem": dict,
    "snaps": list,
    "debconf-selections": str,
    "packages": list,
    "kernel": dict,
    "kernel-crash-dumps": dict,
    "timezone": str,
    "updates": str,
    "shutdown": str,
    "late-commands": (list, str),
    "error-commands": (list, str),
    "reporting": dict,
    "user-data": dict,
    "zdevs": list,
}
"""Keys of autoinstall and what they have (Ubuntu's autoinstall reference)."""


def missing_checker(form: Form) -> str:
    """A sentence about the checker that is not installed; "" where nothing is missing."""
    program, package = CHECKERS.get(form, ("", ""))
    if not program or _checker(program):
        return ""
    return f"{form} files are not checked: {program} is not installed; it comes with {package}"


async def faults_in(form: Form, text: str, image: Image) -> Sequence[str]:
    """What is wrong with an answer file, at most three sentences; none where its checker is not installed."""
    match form:
        case Form.AUTOYAST:
            return list(_in_xml(text))[:_MOST]
        case Form.AUTOINSTALL:
            return list(_in_autoinstall(text))[:_MOST]
        case Form.KICKSTART:
            version = kickstart_version(image)
            return await _asked(form, text.replace(_APPENDS, "#"), *(("-v", version) if version else ()))
        case Form.PRESEED:
            return await _asked(form, text, "-c")
    return ()


def kickstart_version(image: Image) -> str:
    """The syntax of a release as ksvalidator calls it; "" for its newest."""
    number = image.major or (re.sub(r"\D", "", image.release))
    if image.release.startswith("fedora"):
        return f"F{number}"
    return f"RHEL{number}" if number else ""


async def _asked(form: Form, text: str, *words: str) -> Sequence[str]:
    program = _checker(CHECKERS[form][0])
    if not program:
        return ()
    with tempfile.NamedTemporaryFile(prefix="xcat-autoinst-") as file:
        await asyncio.to_thread(Path(file.name).write_text, text, errors="surrogateescape")
        status, said = await run_program([program, *words, file.name])
    if not status:
        return ()
    heard = [line.replace(file.name, "the file") for line in said if not line.startswith("Checking kickstart file")]
    wrong = [line for line in heard if "deprecated" not in line]  # the installer says so, and goes on
    return (wrong if heard else [f"{program} ended with {status}"])[:_MOST]


def _checker(name: str) -> str:
    own = Path(sys.prefix) / "bin" / name
    return str(own) if own.exists() else find_program(name) or ""


def _in_xml(text: str) -> Iterator[str]:
    parser = expat.ParserCreate()
    try:
        parser.Parse(text.encode(errors="replace"), True)
    except expat.ExpatError as error:
        yield f"it is no XML: {error}"


def _in_autoinstall(text: str) -> Iterator[str]:
    try:
        found: Any = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  # a safe loader
    except yaml.YAMLError as error:
        yield f"it is no YAML: {' '.join(str(error).split())}"
        return
    answers = found.get("autoinstall") if isinstance(found, dict) else None
    if not isinstance(answers, dict):
        yield "it has no key autoinstall with answers below it"
        return
    if answers.get("version") != 1:
        yield "autoinstall.version has to be 1"
    if not {"identity", "user-data"} & answers.keys():
        yield "it needs autoinstall.identity or autoinstall.user-data"
    for key, value in answers.items():
        if key not in _KEYS:
            yield f"autoinstall.{key} is no key that the installer knows"
        elif not isinstance(value, _KEYS[key]):
            yield f"autoinstall.{key} cannot be {type(value).__name__}"
