"""Which line says why a server ended: with what real ones say."""

from __future__ import annotations

import signal

import pytest

from xcatd.services.managers.words import telling, telling_of_end


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ([], ""),
        (["", "  "], ""),
        (["listening on port 53", " ready "], "ready"),
        (["cannot open a", "cannot open b", "exiting."], "cannot open b"),
        (
            [
                "Config file: /etc/dhcp/dhcpd.conf",
                "Not configured to listen on any interfaces!",
                "If you think you have received this message due to a bug rather",
                "than a configuration issue please read the section on submitting",
                "bugs on either our web page at www.isc.org or in the README file",
                "before submitting a bug.  These pages explain the proper",
                "process and the information we find helpful for debugging.",
                "exiting.",
            ],
            "Not configured to listen on any interfaces!",
        ),
        (
            [
                "mount: /mnt: special device nothing does not exist.",
                "       dmesg(1) may have more information after failed mount system call.",
            ],
            "mount: /mnt: special device nothing does not exist.",
        ),
        (
            [
                "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)",
                "nginx: still could not bind()",
            ],
            "nginx: still could not bind()",
        ),
        (
            [
                "30-Nov-2026 04:21:23.680 /etc/bind/named.conf:1: unknown option 'nonsense'",
                "30-Nov-2026 04:21:23.684 loading configuration: failure",
                "30-Nov-2026 04:21:23.684 exiting (due to fatal error)",
            ],
            "30-Nov-2026 04:21:23.680 /etc/bind/named.conf:1: unknown option 'nonsense'",
        ),
        (["unable to listen", *["goes on"] * 30], "goes on"),
    ],
)
def test_the_line_that_tells(lines: list[str], line: str) -> None:
    assert telling(lines) == line


@pytest.mark.parametrize(
    ("how", "line"),
    [(3, "ready"), (0, "ready"), (-signal.SIGTERM, ""), (-signal.SIGKILL, ""), (None, "")],
)
def test_only_one_that_ends_by_itself_has_spoken_of_that(how: int | None, line: str) -> None:
    assert telling_of_end(["listening on port 53", "ready"], how) == line


@pytest.mark.parametrize(
    ("how", "line"),
    [(3, "assertion failed"), (-signal.SIGABRT, "assertion failed"), (None, "assertion failed"), (-signal.SIGKILL, "")],
)
def test_who_is_killed_at_once_says_nothing_of_it(how: int | None, line: str) -> None:
    assert telling_of_end(["assertion failed", "bye"], how) == line
