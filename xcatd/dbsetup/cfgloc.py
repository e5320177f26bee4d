"""Writing `cfgloc`: in one step, only for root's eyes, and back again when what follows fails."""

from __future__ import annotations

from pathlib import Path

from xcat_certs import files
from xcatd.errors import ConfigError
from xcatd.store.location import Location


def read(path: Path) -> bytes | None:
    """What is in the file, to be put back; None: there is none. Raises ConfigError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; run this as root") from error


def name(path: Path, location: Location) -> None:
    """Make the file name this database; what stands below its first line stays. The file of this host needs no such file."""
    _, _, rest = (read(path) or b"").partition(b"\n")
    if location.is_file:
        put_back(path, None)
    else:
        files.write(path, location.line().encode() + b"\n" + rest, files.PRIVATE)


def put_back(path: Path, content: bytes | None) -> None:
    """Make the file what it was."""
    if content is None:
        path.unlink(missing_ok=True)
    else:
        files.write(path, content, files.PRIVATE)
