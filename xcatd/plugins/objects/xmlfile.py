"""Object definitions as XML, as `lsdef -x` writes them and `mkdef -x` and `chdef -x` read them (docs/objects.md)."""

from __future__ import annotations

from xml.parsers.expat import ErrorString, ExpatError, ParserCreate

from xcatd.api import UsageError
from xcatd.plugins.objects.stanza import Stanza


def read_xml(text: str) -> list[Stanza]:
    """The objects of an XML file, in its order. Raises UsageError that names the line."""
    reader = _Reader()
    try:
        reader.parser.Parse(text.encode(errors="surrogateescape"), True)
    except ExpatError as error:
        raise UsageError(f"Line {error.lineno} of the XML file cannot be read: {ErrorString(error.code)}") from None
    return reader.found


class _Reader:
    """Takes what the parser finds. A document type is refused: it could make much out of little."""

    def __init__(self) -> None:
        self.found: list[Stanza] = []
        self._attribute = ""
        self.parser = ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = self._text
        self.parser.EndElementHandler = self._end

    def _start(self, element: str, given: dict[str, str]) -> None:
        match element:
            case "xcatobjects":
                return
            case "object" if given.get("name"):
                self.found.append(Stanza(given["name"], given.get("type", ""), {}))
            case "attr" if given.get("name") and self.found:
                self._attribute = given["name"]
                self.found[-1].attributes[self._attribute] = ""
            case _:
                self._refuse(element)

    def _text(self, text: str) -> None:
        if self._attribute:
            self.found[-1].attributes[self._attribute] += text

    def _end(self, _element: str) -> None:
        self._attribute = ""

    def _refuse(self, element: str, *_: object) -> None:
        raise UsageError(
            f"Line {self.parser.CurrentLineNumber} of the XML file: '{element}' is not xcatobjects, an object with a name,"
            " or an attr with a name in one"
        )
