"""Small XML, as libvirt takes and gives it."""

from __future__ import annotations

from xml.etree import ElementTree

from xcatd.errors import NodeError

Element = ElementTree.Element


def parse(text: str, what: str) -> Element:
    """The root. NodeError: `what` is not XML."""
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - it comes from the hypervisor, which owns the machines anyway
    except ElementTree.ParseError:
        raise NodeError(f"{what} is not XML: correct it, or remove it and let it be made anew") from None


def written(element: Element) -> str:
    return ElementTree.tostring(element, encoding="unicode")


def add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """A new child; attributes without a value are left out."""
    child = ElementTree.SubElement(parent, tag, {name: value for name, value in attributes.items() if value})
    child.text = text
    return child


def made(tag: str, **attributes: str) -> Element:
    """A new root; attributes without a value are left out."""
    return Element(tag, {name: value for name, value in attributes.items() if value})


def value(element: Element, path: str, attribute: str) -> str:
    """An attribute of the first child on this path; "" when there is none."""
    found = element.find(path)
    return found.get(attribute, "") if found is not None else ""


def text_of(element: Element, path: str) -> str:
    """The text of the first child on this path; "" when there is none."""
    return (element.findtext(path) or "").strip()
