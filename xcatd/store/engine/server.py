"""What PostgreSQL and MariaDB have in common: they are reached over a network, which may fail, and by TLS, which must not."""

from __future__ import annotations

import os
import socket
import ssl
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.pool import AsyncAdaptedQueuePool

from xcatd.errors import Away, ConfigError, StoreError
from xcatd.store.engine.dialect import Dialect
from xcatd.store.location import Tls, Trust

DIAL: Final = 5.0
"""Seconds for a connection."""
_POOL: Final = 3
"""Connections that are kept, and as many more for a moment: the server has others to serve."""


class Server(Dialect):
    """A database server."""

    null_keys = False
    keeps_order = False
    may_vanish = True

    def _engine(self, url: str, dial: Mapping[str, Any], patience: float, **more: Any) -> sa.Engine:
        """An engine that dials with these arguments; they are not in its URL, which errors show."""
        return sa.create_engine(
            url,
            connect_args=dict(dial),
            poolclass=AsyncAdaptedQueuePool,
            pool_size=_POOL,
            max_overflow=_POOL,
            pool_use_lifo=True,
            pool_timeout=patience,
            pool_reset_on_return=None,  # every transaction is ended by its block
            hide_parameters=True,
            **more,
        )

    def away(self, reason: object) -> Away:
        """The sentence that the server cannot be reached."""
        sentence = f"The database {self.name} cannot be reached ({reason}): start it, or correct the host in cfgloc"
        return Away(sentence, reason=str(reason))

    def is_silence(self, error: BaseException) -> bool:
        return isinstance(root(error), OSError)

    @abstractmethod
    async def call(self) -> None:
        """Connect and hang up. Raises what the driver raises."""

    def trusted(self) -> ssl.SSLContext | None:
        """The context for TLS; None without it. Raises ConfigError for files that cannot be used."""
        return context(self.location.tls)

    @abstractmethod
    def _meaning(self, error: BaseException) -> str:
        """What an error of the server means and what to do, after the name of the database; "" where nobody knows."""

    def explain(self, error: BaseException | None) -> StoreError:
        """See `Dialect.explain`."""
        cause = root(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return StoreError(
                f"The database {self.name} shows a certificate that cannot be believed ({cause.verify_message}): correct it, "
                "or the authority and the host in cfgloc"
            )
        if self.is_away(cause):
            return self.away(_reason(cause))
        if cause is not None and (meaning := self._meaning(cause)):
            return StoreError(f"The database {self.name} {meaning}")
        return StoreError(f"The database {self.name} refuses: {_first_line(cause)}")

    @abstractmethod
    def is_away(self, error: BaseException | None) -> bool:
        """Whether the server cannot be reached, or has dropped the connection."""


def context(tls: Tls) -> ssl.SSLContext | None:
    """A client's context as libpq would have it. Raises ConfigError."""
    if tls.trust is Trust.DISABLE:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = tls.trust is Trust.VERIFY_FULL
    made.verify_mode = ssl.CERT_REQUIRED if tls.verifies else ssl.CERT_NONE
    with _named(tls.authority):
        if tls.authority:
            made.load_verify_locations(tls.authority)
        elif tls.verifies:
            made.load_default_certs()
    with _named(tls.certificate):
        if tls.certificate:
            made.load_cert_chain(tls.certificate, tls.key or None)
    return made


@contextmanager
def _named(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # ssl's errors are of this kind too
        raise ConfigError(f"The file {path}, which cfgloc names, cannot be used: {error.strerror or error}") from None


def root(error: BaseException | None) -> BaseException | None:
    """The driver's own error, below those that it was wrapped in."""
    while error is not None and error.__cause__ is not None and not isinstance(error, OSError):
        error = error.__cause__
    return error


def _reason(error: BaseException | None) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, OSError) and error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno)
    return _first_line(error) or "the connection was lost"


def _first_line(error: BaseException | None) -> str:
    text = str(error.args[-1]) if error is not None and error.args else str(error or "")
    return (text.splitlines() or [""])[0].strip()
