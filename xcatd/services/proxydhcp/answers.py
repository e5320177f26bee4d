"""Which answer a machine gets: the book and its question go in, bytes or nothing come out."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from xcatd.services.proxydhcp import message
from xcatd.services.proxydhcp.book import MASTER, NODE, Book, Loader, Machine
from xcatd.services.proxydhcp.message import Message

PORT = 4011
DIGEST = 224
"""An option for site-specific use (RFC 3942): the book's digest, for who asks from this host itself."""
_CLASSES = (b"PXEClient", b"HTTPClient")
_CONF_FILE = 209
_IPXE = (b"iPXE", b"xNBA")
"""What loaders that read scripts call themselves in option 77; a length may stand before the name (RFC 3004)."""
_DISCOVERY, _DOWNLOAD, _ITEM, _ITEM_LENGTH, _LAST = 6, 8, 71, 4, 255
"""Inside option 43 (PXE 2.1, table 2-1): discovery control, of which bit 3 says `just load the file that is named here`; the item
of a menu that was chosen, which is said back; the end."""


@dataclass(frozen=True, slots=True)
class Question:
    """A message, who sent it, and to which of this host's addresses."""

    message: Message
    sender: IPv4Address
    asked: IPv4Address


@dataclass(frozen=True, slots=True)
class _Choice:
    server: IPv4Address
    file: str
    options: dict[int, bytes]


def answer(book: Book, question: Question) -> bytes | None:
    """The answer; None: this machine is another server's affair."""
    asked = question.message
    kind = asked.options.get(message.TYPE, b"")[:1]
    vendor = next((each for each in _CLASSES if asked.options.get(message.CLASS, b"").startswith(each)), None)
    if vendor is None or kind not in (bytes((message.REQUEST,)), bytes((message.INFORM,))):
        return None
    choice = _choose(book, question)
    return (
        None
        if choice is None
        else message.write(asked, choice.server, choice.file, _options(book, question, choice, vendor))
    )


def _choose(book: Book, question: Question) -> _Choice | None:
    asked = question.message
    known = asked.client if asked.client != IPv4Address(0) else question.sender
    network = book.network_of(known if question.sender.is_loopback else question.sender)
    machine = book.machines.get(asked.mac)
    if network is None or (machine is not None and machine.silent):
        return None
    own = machine.server if machine is not None else MASTER
    said = own if own != MASTER else book.networks[network].server
    server = question.asked if said == MASTER else IPv4Address(said)
    if machine is not None and (machine.file or machine.options):
        return _Choice(server, machine.file, {code: _filled(text, machine, server) for code, text in machine.options})
    fits = (each for each in book.loaders(machine, network) if _fits(each, asked))
    loader = next(fits, None)
    if loader is None:
        return None
    file = _filled(loader.file, machine, server)
    return _Choice(server, "", {_CONF_FILE: file}) if loader.conf_file else _Choice(server, file.decode(), {})


def _fits(loader: Loader, asked: Message) -> bool:
    is_ipxe = asked.options.get(message.USER_CLASS, b"").lstrip(bytes(range(32))) in _IPXE
    architecture = asked.number(message.ARCHITECTURE) or 0
    return loader.in_ipxe == is_ipxe and architecture in loader.architectures


def _filled(text: str, machine: Machine | None, server: IPv4Address) -> bytes:
    name = machine.name if machine is not None else ""
    return text.replace(MASTER, str(server)).replace(NODE, name).encode()


def _options(book: Book, question: Question, choice: _Choice, vendor: bytes) -> dict[int, bytes]:
    asked = question.message
    options = {
        message.TYPE: bytes((message.ACK,)),
        message.SERVER: question.asked.packed,
        message.CLASS: vendor,
        message.VENDOR: _vendor(asked.options.get(message.VENDOR, b"")),
        message.TFTP_NAME: str(choice.server).encode(),
        **({message.FILE: choice.file.encode()} if choice.file else {}),
        **choice.options,
    }
    if message.MACHINE in asked.options:
        options[message.MACHINE] = asked.options[message.MACHINE]
    if question.sender.is_loopback and DIGEST in asked.options.get(message.WANTED, b""):
        options[DIGEST] = book.digest.encode()
    return options


def _vendor(asked: bytes) -> bytes:
    """Option 43: load it without a menu; what was chosen in another server's menu is said back."""
    place, item = 0, b""
    while place + 1 < len(asked) and asked[place] != _LAST:
        if asked[place : place + 2] == bytes((_ITEM, _ITEM_LENGTH)):
            item = asked[place : place + 2 + _ITEM_LENGTH]
        place += 2 + asked[place + 1]
    return struct.pack("!BBB", _DISCOVERY, 1, _DOWNLOAD) + item + bytes((_LAST,))
