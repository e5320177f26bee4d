"""What this host's own program was installed from, brought to where service nodes fetch it: <installdir>/xcatd.

scripts/install leaves it in PREFIX/share/program: the source tree, all packages as wheels, and SHA256SUMS, which names them.
"""

from __future__ import annotations

import secrets
import shutil
import sys
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.services.files import make_folder, read_text, replace_text

SUMS: Final = "SHA256SUMS"


def shipped(prefix: Path = Path(sys.prefix)) -> Path | None:
    """The folder; None where the program was not installed by scripts/install. `prefix` is the one of the interpreter."""
    place = prefix.parent.parent / "share/program"
    return place if (place / SUMS).is_file() else None


def bring(source: Path, folder: Path) -> bool:
    """Bring it into a folder; gives whether there was something to do. The sums come last: whoever reads them finds the files, or
    sees that these are others. It blocks. Raises ServiceError."""
    sums = read_text(source / SUMS)
    if read_text(folder / SUMS) == sums:
        return False
    names = [line.split("  ", 1)[1] for line in sums.splitlines()]
    try:
        for name in names:
            make_folder((folder / name).parent)
            _copy(source / name, folder / name)
        replace_text(folder / SUMS, sums)
        for path in (folder / "wheels").glob("*"):
            if f"wheels/{path.name}" not in names:
                path.unlink()
    except OSError as error:
        raise ServiceError(f"{source} cannot be brought to {folder}: {error.strerror or error}") from error
    return True


def _copy(source: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        shutil.copyfile(source, beside)
        beside.chmod(0o644)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
