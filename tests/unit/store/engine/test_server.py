"""How servers prove who they are, and what is said when they do not: by real servers, each with and without TLS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.certificates import Certificates
from tests.helpers.databases import DatabaseServer, MariaServer, PostgresServer, open_folder
from tests.helpers.program import moments
from tests.helpers.proxy import Proxy
from tests.unit.store.contract import master
from xcat_certs import pem
from xcat_certs.authority import Authority
from xcat_certs.keys import request_pem
from xcat_certs.names import AlternativeNames, Role
from xcatd.errors import Away, ConfigError, StoreError, XcatError
from xcatd.model import Secret
from xcatd.store import open_store
from xcatd.store.engine.server import context
from xcatd.store.location import Engine, Location, Tls, Trust

HIDDEN = "hidden-from-everybody"


def trusting(location: Location, trust: Trust, authority: str | None = None) -> Location:
    tls = location.tls
    return replace(location, tls=replace(tls, trust=trust, authority=tls.authority if authority is None else authority))


async def works(location: Location) -> None:
    """Write, and read with another connection."""
    store = await open_store(location)
    await store.write([master("10.0.0.1")], author="root")
    assert await store.refresh() == frozenset()
    await store.close()


async def refusal(location: Location) -> XcatError:
    """The error, in which no secret is, whatever shows it."""
    with pytest.raises(XcatError) as caught:
        await open_store(location)
    for _ in range(5):  # the library closes a connection that was refused in the next turns of the loop
        await asyncio.sleep(0)
    shown = repr(caught.value) + str(caught.value)
    assert location.password.reveal() not in shown or not location.password
    return caught.value


# -- who the server is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trust", [Trust.PREFER, Trust.REQUIRE, Trust.VERIFY_CA, Trust.VERIFY_FULL])
async def test_the_right_server(location: Location, trust: Trust) -> None:
    await works(trusting(location, trust))


async def test_without_an_authority_whoever_has_tls_is_believed(location: Location) -> None:
    for trust in (Trust.PREFER, Trust.REQUIRE):
        await works(trusting(location, trust, ""))


@pytest.mark.parametrize("trust", [Trust.REQUIRE, Trust.VERIFY_CA, Trust.VERIFY_FULL])
async def test_a_server_of_another_authority(location: Location, trust: Trust, tmp_path: Path) -> None:
    strangers = Certificates(tmp_path / "strangers")
    error = await refusal(trusting(location, trust, str(strangers.ca)))
    assert type(error) is StoreError
    assert f"The database {location.named()} shows a certificate that cannot be believed (" in str(error)


async def test_a_server_that_no_authority_of_the_system_knows(location: Location) -> None:
    error = await refusal(trusting(location, Trust.VERIFY_FULL, ""))
    assert "shows a certificate that cannot be believed (" in str(error)


async def test_a_server_under_another_name(server: DatabaseServer, location: Location) -> None:
    with Proxy((server.host, server.port), "127.0.0.2") as network:
        afar = replace(location, host="127.0.0.2", port=int(network.place.rpartition(":")[2]))
        error = await refusal(trusting(afar, Trust.VERIFY_FULL))
        assert "shows a certificate that cannot be believed (" in str(error)
        assert "127.0.0.2" in str(error)
        await works(trusting(afar, Trust.VERIFY_CA))


@contextmanager
def showing(server: DatabaseServer, certificate: bytes) -> Iterator[None]:
    """The server shows another certificate, for the same key, for a while."""
    shown = server.folder / "server-cert.pem"
    kept = shown.read_bytes()
    reload = "SELECT pg_reload_conf()" if server.engine is Engine.POSTGRES else "FLUSH SSL"
    try:
        shown.write_bytes(certificate)
        server.sql("", reload)
        yield
    finally:
        shown.write_bytes(kept)
        server.sql("", reload)


def expired(server: DatabaseServer) -> bytes:
    """A certificate for the server's key, of the right authority and for the right names, that was good last year."""
    past = datetime.now(UTC) - timedelta(days=400)
    authority = Authority.open(server.certificates.ca.parent / "ca", lambda: past)
    request = request_pem(pem.read_key(server.folder / "server-key.pem"), "late", AlternativeNames())
    return authority.sign(request, Role.MANAGEMENT, "late", 30, [], [])


async def test_a_certificate_that_has_expired(server: DatabaseServer, location: Location) -> None:
    with showing(server, expired(server)):
        for _ in moments("the server to show its new certificate"):
            error = await outcome(location)
            if error is not None:
                break
        assert error is not None
        assert "shows a certificate that cannot be believed (certificate has expired)" in str(error)
        await works(trusting(location, Trust.PREFER))
    for _ in moments("the server to show its old certificate"):
        if await outcome(location) is None:
            break


async def outcome(location: Location) -> XcatError | None:
    try:
        await works(location)
    except XcatError as error:
        return error
    return None


# -- who the client is ------------------------------------------------------------------------------------------------


async def test_a_certificate_instead_of_a_password(server: DatabaseServer, location: Location) -> None:
    await works(location)
    await works(server.certified(location, server.certificates.client("tina")))


async def test_a_wrong_password_is_told_without_it(location: Location) -> None:
    error = await refusal(replace(location, password=Secret(HIDDEN)))
    assert type(error) is StoreError
    assert f"refuses the password of user {location.user}" in str(error) or f"refuses user {location.user}" in str(
        error
    )
    assert HIDDEN not in repr(error)


async def test_a_database_that_does_not_exist(location: Location) -> None:
    error = await refusal(replace(location, database="nowhere"))
    assert "does not exist: make it with" in str(error) or f"does not let user {location.user} in" in str(error)


async def test_a_server_that_wants_tls(location: Location) -> None:
    error = await refusal(trusting(location, Trust.DISABLE))
    assert type(error) is StoreError
    assert location.named() in str(error)


@pytest.mark.parametrize("engine", [Engine.POSTGRES, Engine.MYSQL])
async def test_nobody_there(engine: Engine) -> None:
    nowhere = Location(engine, database="x", host="127.0.0.1", port=1, user="u", password=Secret(HIDDEN))
    error = await refusal(nowhere)
    assert isinstance(error, Away)
    assert not error.undecided
    assert str(error) == (
        "The database x on 127.0.0.1 port 1 cannot be reached (Connection refused): start it, or correct the host in cfgloc"
    )


@pytest.mark.parametrize("engine", [Engine.POSTGRES, Engine.MYSQL])
async def test_a_host_without_an_address(engine: Engine) -> None:
    error = await refusal(Location(engine, database="x", host="nowhere.invalid", user="u"))
    assert isinstance(error, Away)
    assert "The database x on nowhere.invalid cannot be reached (" in str(error)


@pytest.mark.parametrize("engine", [Engine.POSTGRES, Engine.MYSQL])
async def test_a_socket_of_nobody(engine: Engine, tmp_path: Path) -> None:
    error = await refusal(Location(engine, database="x", socket=str(tmp_path / "none"), user="u"))
    assert isinstance(error, Away)
    assert f"The database x on {tmp_path / 'none'} cannot be reached (No such file or directory)" in str(error)


# -- servers without TLS ----------------------------------------------------------------------------------------------


class PlainMaria(MariaServer):
    """A server that has no TLS."""

    def _words(self) -> Sequence[str]:
        return [*super()._words(), "--skip-ssl", "--require-secure-transport=OFF"]


class PlainPostgres(PostgresServer):
    """A server that has no TLS."""

    def _install(self) -> None:
        super()._install()
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write("ssl = off\n")
        (self.data / "pg_hba.conf").write_text(
            "local all all peer map=administrators\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )


@pytest.fixture(scope="module", params=[PlainPostgres, PlainMaria])
def plain(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    make: Callable[[Path, Certificates], DatabaseServer] = request.param
    with open_folder() as folder:
        server = make(folder / "plain", Certificates(folder / "authority"))
        try:
            server.start()
            yield server
        finally:
            server.close()


async def test_who_prefers_tls_does_without(plain: DatabaseServer) -> None:
    location = plain.create()
    for trust in (Trust.PREFER, Trust.DISABLE):
        await works(trusting(location, trust, ""))


@pytest.mark.parametrize("trust", [Trust.REQUIRE, Trust.VERIFY_CA, Trust.VERIFY_FULL])
async def test_who_insists_on_tls_sends_nothing_without(plain: DatabaseServer, trust: Trust) -> None:
    location = plain.create()
    with Proxy((plain.host, plain.port)) as network:
        afar = replace(location, port=int(network.place.rpartition(":")[2]))
        error = await refusal(trusting(afar, trust))
        assert type(error) is StoreError
        assert f"The database {afar.named()} has no TLS, and cfgloc asks for it" in str(error)


# -- contexts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["authority", "certificate"])
@pytest.mark.parametrize("text", [None, "no certificate"])
def test_files_that_cannot_be_used_are_named(tmp_path: Path, field: str, text: str | None) -> None:
    path = tmp_path / "file.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=f"The file {path}, which cfgloc names, cannot be used: ."):
        context(Tls(Trust.VERIFY_FULL, **{field: str(path)}))


def test_no_context_without_tls() -> None:
    assert context(Tls(Trust.DISABLE, "/nonexistent")) is None
