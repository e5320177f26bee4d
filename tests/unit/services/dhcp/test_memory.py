"""Files that are understood once."""

from __future__ import annotations

from pathlib import Path

from tests.unit.services.dhcp.dialects import KEA, document
from xcatd.services.dhcp.document import without
from xcatd.services.dhcp.memory import Kept, Memory


def test_a_file_that_stays_as_it_is_is_read_once(tmp_path: Path) -> None:
    path, memory = tmp_path / "conf", Memory()
    assert memory.read(path, KEA) == Kept("", None)
    path.write_text(KEA.text(document(KEA)))
    first = memory.read(path, KEA)
    assert first.document == KEA.parse(path.read_text())
    assert memory.read(path, KEA) is first


def test_one_that_somebody_else_has_changed_is_read_again(tmp_path: Path) -> None:
    path, memory = tmp_path / "conf", Memory()
    for nodes in ((), ("n1",), ("n1", "n2")):
        text = KEA.text(without(document(KEA), nodes))
        path.write_text(text)
        assert memory.read(path, KEA) == Kept(text, KEA.parse(text))
    path.unlink()
    assert memory.read(path, KEA) == Kept("", None)


def test_what_has_been_written_is_known(tmp_path: Path) -> None:
    path, memory, whole = tmp_path / "conf", Memory(), document(KEA)
    path.write_text(KEA.text(whole))
    memory.note(path, KEA.text(whole), whole)
    assert memory.read(path, KEA).document is whole
