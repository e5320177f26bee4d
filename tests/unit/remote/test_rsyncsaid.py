"""What rsync's lines mean."""

from __future__ import annotations

import pytest

from xcatd.remote.rsyncsaid import Change, change_in, failure


@pytest.mark.parametrize(
    ("line", "flags", "path"),
    [
        ("@<f+++++++++ etc/new", "<f+++++++++", "etc/new"),
        ("@.d..t...... etc/", ".d..t......", "etc/"),
        ("@*deleting   etc/gone and away", "*deleting", "etc/gone and away"),
        ("@cL+++++++++ a link\\#012", "cL+++++++++", "a link\\#012"),
    ],
)
def test_a_change(line: str, flags: str, path: str) -> None:
    assert change_in(line) == Change(flags, path)


@pytest.mark.parametrize("line", ["created directory /tmp/x", "", "<f+++++++++ without its mark", "@<f+++++++++"])
def test_other_lines(line: str) -> None:
    assert change_in(line) is None


def test_what_kind_of_change_it_is() -> None:
    def kind(change: Change) -> tuple[bool, bool, bool, bool]:
        return change.is_new, change.is_removed, change.is_folder, change.is_content

    assert kind(Change("<f+++++++++", "new")) == (True, False, False, True)
    assert kind(Change("<f.st......", "other")) == (False, False, False, True)
    assert kind(Change(".f..t......", "later")) == (False, False, False, False)
    assert kind(Change("cd+++++++++", "folder/")) == (True, False, True, False)
    assert kind(Change("*deleting", "gone")) == (False, True, False, False)
    assert kind(Change("cL+++++++++", "link")) == (True, False, False, True)


@pytest.mark.parametrize(
    ("status", "far", "errors", "sentence"),
    [
        (12, 127, ("sh: 1: rsync: not found",), "rsync is not installed there: install its package rsync"),
        (
            12,
            1,
            ("sudo: a password is required",),
            "sudo does not start rsync there (sudo: a password is required): let it do so",
        ),
        (24, 0, (), "a file went away here while it was copied: run it again"),
        (
            11,
            11,
            (
                "rsync: connection unexpectedly closed (9 bytes received so far) [sender]",
                'rsync: [receiver] write failed on "/x/y": No space left on device (28)',
            ),
            'rsync did not bring everything ([receiver] write failed on "/x/y": No space left on device (28)): make room there',
        ),
        (
            23,
            23,
            ('rsync: [generator] mkdir "/x" fehlgeschlagen: Keine Berechtigung (13)',),
            'rsync did not bring everything ([generator] mkdir "/x" fehlgeschlagen: Keine Berechtigung (13)): -l names a user',
        ),
        (
            1,
            None,
            ("",),
            "rsync did not bring everything (status 1): look at the node and at the files, and run it again",
        ),
    ],
)
def test_a_failure_has_its_cause_and_a_remedy(
    status: int, far: int | None, errors: tuple[str, ...], sentence: str
) -> None:
    assert str(failure(status, far, errors, sudo=True)).startswith(sentence)
