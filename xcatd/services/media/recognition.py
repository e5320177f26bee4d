"""Which distribution a medium holds."""

from __future__ import annotations

from collections.abc import Iterable

from xcatd.services.media.debian import debian_identity
from xcatd.services.media.identity import Clues, Identity
from xcatd.services.media.redhat import redhat_identity
from xcatd.services.media.suse import suse_identity


def recognise(clues: Clues) -> Identity | None:
    """What a medium with these small files is; None when nobody knows it. Pure."""
    return debian_identity(clues) or redhat_identity(clues) or suse_identity(clues)


def lacks_packages(names: Iterable[str], identity: Identity) -> bool:
    """Whether it is a medium for installers that fetch the packages from elsewhere: Ubuntu's live-server, Debian's netinst."""
    return identity.disc == "NETINST" or any(name.startswith("casper/") for name in names)
