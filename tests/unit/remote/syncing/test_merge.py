"""Accounts of a node: ours take the place of those with the same name, and a file is never worse than it was."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.errors import NodeError, ServiceError
from xcatd.remote.syncing.merge import accounts, differences, merged

SOURCE = Path("/install/mine")
THERE = (
    "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n"
)
ANN = "ann:x:1001:1001::/data/ann:/bin/bash"
BOB = "bob:x:1002:1002::/data/bob:/bin/bash"
people = st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=3), unique=True, max_size=6)


def test_lines_of_the_same_name_are_replaced_in_their_place_and_new_ones_come_behind() -> None:
    new = merged("/etc/passwd", THERE, accounts("/etc/passwd", SOURCE, f"# ours\n\n{BOB}\n{ANN}"))
    lines = THERE.splitlines()
    assert new.splitlines() == [lines[0], ANN, lines[2], BOB]
    assert merged("/etc/passwd", new, accounts("/etc/passwd", SOURCE, f"{BOB}\n{ANN}\n")) == new


def test_lines_of_nis_stay_the_last_ones() -> None:
    new = merged("/etc/passwd", f"{THERE}-evil::::::\n+::::::\n", {"bob": BOB})
    assert new == f"{THERE}{BOB}\n-evil::::::\n+::::::\n"


def test_what_is_there_twice_is_there_once() -> None:
    assert merged("/etc/passwd", THERE + THERE, {"ann": ANN}).count("\nann:") == 1


def test_root_may_be_replaced_but_is_never_lost() -> None:
    ours = accounts("/etc/passwd", SOURCE, "root:x:0:0:our root:/root:/bin/bash")
    assert merged("/etc/passwd", THERE, ours).startswith("root:x:0:0:our root:/root:/bin/bash\nann:")
    with pytest.raises(NodeError, match=r"^/etc/passwd there has no line of root, and is left as it is"):
        merged("/etc/passwd", "ann:x:1:1::/:/bin/sh\n", {"bob": BOB})


@pytest.mark.parametrize(
    ("path", "line", "sentence"),
    [
        ("/etc/passwd", "ann:x:1000:1000::/home/ann", "it is no line of /etc/passwd, which has a name and 6 fields more"),
        ("/etc/passwd", ":x:1:1::/:/bin/sh", "it is no line of /etc/passwd"),
        ("/etc/passwd", "+ann:x:1:1::/:/bin/sh", "it is no line of /etc/passwd"),
        ("/etc/passwd", "ann:x:one:1::/:/bin/sh", "the number of the user or group is none"),
        ("/etc/passwd", "root:x:5:0::/:/bin/sh", "root has the number 0 and no other"),
        ("/etc/shadow", "ann:secret", "it is no line of /etc/shadow, which has a name and 8 fields more"),
        ("/etc/group", "ann:x:-1:", "the number of the user or group is none"),
        ("/etc/group", "root:x:7:", "root has the number 0"),
    ],
)  # fmt: skip
def test_what_is_no_account_is_named_with_its_line_and_not_shown(path: str, line: str, sentence: str) -> None:
    with pytest.raises(ServiceError) as caught:
        accounts(path, SOURCE, f"# ours\n{line}\n")
    assert str(caught.value).startswith("line 2 of /install/mine: ")
    assert sentence in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_account_that_is_there_twice_is_an_error() -> None:
    with pytest.raises(ServiceError, match="line 2 of /install/mine: bob is there twice"):
        accounts("/etc/passwd", SOURCE, f"{BOB}\n{BOB}\n")


@given(people, people)
def test_nobody_is_lost_nobody_is_there_twice(there: list[str], ours: list[str]) -> None:
    text = "root:x:0:\n" + "".join(f"{name}:x:1:old\n" for name in there if name != "root")
    new = merged("/etc/group", text, {name: f"{name}:x:0:new" for name in ours})
    names = [line.split(":")[0] for line in new.splitlines()]
    assert sorted(names) == sorted({"root", *there, *ours})
    assert {line.split(":")[0] for line in new.splitlines() if line.endswith(":new")} == set(ours)


def test_differences_show_no_password() -> None:
    old, new = "ann:$6$old:1::::::\nbob:*:2::::::\n", "ann:$6$new:1::::::\nbob:!:2::::::\neve:x:3::::::\n"
    assert differences(old, new) == [
        "-ann:...:1::::::",
        "-bob:*:2::::::",
        "+ann:...:1::::::",
        "+bob:!:2::::::",
        "+eve:x:3::::::",
    ]
