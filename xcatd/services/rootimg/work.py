"""A build that goes on: its folders, where it says what it does, and how it counts packages."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from xcatd.errors import ServiceError
from xcatd.services.rootimg.saying import Say, enclosed, run_saying
from xcatd.services.rootimg.spec import BuildSpec
from xcatd.services.rootimg.unsynced import unsynced


class Watch(Protocol):
    """Gets the lines of an installer, and says those by which one sees where it is. `reasons`: what the lines look like that say
    why it failed."""

    reasons: ClassVar[re.Pattern[str]]

    def __call__(self, line: str, /) -> None:
        """The next line."""


@dataclass(frozen=True, slots=True)
class Work:
    """`folder`: of the build, beside the image that is in use; `root`: the root file system in it, `temporary`: what goes with the
    build. `moment`: see moment.py."""

    spec: BuildSpec
    folder: Path
    moment: int
    say: Say

    @property
    def root(self) -> Path:
        return self.folder / "rootimg"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def run(
        self,
        words: Sequence[str],
        watch: Watch,
        variables: Mapping[str, str] | None = None,
        fine: Collection[int] = (),
    ) -> None:
        """Run an installer of packages in namespaces of its own. `watch` gets its lines. Raises ServiceError."""
        say = self.say if self.spec.verbose else watch
        env = {
            "SOURCE_DATE_EPOCH": str(self.moment),
            "TMPDIR": str(self.temporary),
            "DEBIAN_FRONTEND": "noninteractive",
            # Packages of kernels make no initramfs, of Debian and of others (kernel-install(8)).
            **{"INITRD": "No", "KERNEL_INSTALL_BYPASS": "1"},
            **(variables or {}),
        }
        run_saying(unsynced(enclosed(words)), say, what=Path(words[0]).name, env=env, fine=fine, reasons=watch.reasons)

    def write(self, name: str, text: str) -> Path:
        """A file of the build, which only root reads: URLs may have passwords."""
        path = self.temporary / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(text)
        except OSError as error:
            raise ServiceError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error
        return path


@dataclass(slots=True)
class Count:
    """Says how many packages are done: ten times on the way to all of them."""

    say: Say
    what: str
    total: int = 0
    _done: int = field(default=0, init=False)
    _said: int = field(default=0, init=False)

    def step(self, done: int | None = None) -> None:
        """One more is done, or so many are."""
        self._done = self._done + 1 if done is None else done
        tenth = self._done * 10 // self.total if self.total else 0
        if self.total and self._done <= self.total and tenth > self._said:
            self._said = tenth
            self.say(f"{self.what}: {self._done} of {self.total}")
