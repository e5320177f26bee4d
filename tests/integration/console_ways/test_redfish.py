"""A way through a Redfish service: OpenBMC's WebSocket, and the SSH that Redfish tells of. Both servers are the tests' own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable

import asyncssh
import pytest
from aiohttp import WSMsgType, web

from tests.helpers import farside
from tests.helpers.certificates import Certificates
from tests.helpers.cluster import free_port
from tests.helpers.consoleways import WITHIN, Far, WayContract, opened, until
from tests.simulators.badredfish import Service, refusing, serving
from tests.simulators.redfishtree import MANAGER, SYSTEM
from xcatd.consoles.line import Line, Way
from xcatd.consoles.ways.device import DeviceWay
from xcatd.errors import NodeError, Unsupported, Untrusted
from xcatd.hardware import Controllers, Endpoint, Trust, TrustKind
from xcatd.model import Secret

SOCKET = "GET /console0"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("redfish"), "bmcs")


@pytest.fixture
async def service(certificates: Certificates) -> AsyncIterator[Service]:
    credentials = certificates.server("bmc7")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(credentials.certificate, credentials.key)
    async with serving(Service(), context) as service:
        yield service


Maker = Callable[..., DeviceWay]


@pytest.fixture
def way_to(certificates: Certificates, controllers: Controllers) -> Maker:
    """Makes ways to a host and port, as anybody."""

    def make(host: str, port: int, password: str = "secret", kind: TrustKind = TrustKind.CA) -> DeviceWay:
        trust = Trust(kind, certificates.ca if kind is TrustKind.CA else None)
        endpoint = Endpoint("cn01", host, "admin", Secret(password), port, trust=trust)
        return DeviceWay("redfish", "openbmc", endpoint, controllers)

    return make


class SocketFar(Far):
    """An OpenBMC's WebSocket."""

    def __init__(self, service: Service, way: Way) -> None:
        self.way = way
        self._service = service
        self._sockets: list[tuple[web.BaseRequest, web.WebSocketResponse]] = []
        service.tree[MANAGER]["Model"] = "OpenBmc"
        service.instead[SOCKET] = [self.serve] * 10

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("X-Auth-Token") not in self._service.sessions:
            return web.Response(status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append((request, socket))
        await socket.send_bytes(farside.READY)
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                await socket.send_bytes(farside.POURED if message.data == farside.POUR else message.data)
        return socket

    async def vanish(self) -> None:
        request, _ = self._sockets[-1]
        assert request.transport is not None
        request.transport.abort()

    async def end(self, line: Line) -> None:
        await self._sockets[-1][1].close()


class TestSocket(WayContract):
    @pytest.fixture
    def far(self, service: Service, way_to: Maker) -> SocketFar:
        return SocketFar(service, way_to(service.host, service.port))

    @pytest.fixture
    def nobody(self, way_to: Maker) -> Way:
        return way_to("127.0.0.1", free_port())

    @pytest.fixture
    def stranger(self, far: SocketFar, service: Service, way_to: Maker) -> Way:
        return way_to(service.host, service.port, "wrong")

    async def test_a_session_that_the_bmc_has_forgotten_is_opened_again(self, far: SocketFar, service: Service) -> None:
        async with asyncio.timeout(WITHIN):
            for _ in range(2):
                async with opened(far) as line:
                    await line.write(b"x")
                    await until(line, b"x")
                service.drop_sessions()

    async def test_a_user_without_the_right_is_told(self, far: SocketFar, service: Service) -> None:
        service.instead[SOCKET] = [refusing(403, "InsufficientPrivilege", "no")]
        with pytest.raises(NodeError, match=r"refuses its console \(403\): give its user the role of an administrator"):
            async with far.way.open():
                pass

    async def test_a_certificate_that_is_not_believed(self, far: SocketFar, service: Service, way_to: Maker) -> None:
        with pytest.raises(Untrusted, match="is not trusted"):
            async with way_to(service.host, service.port, kind=TrustKind.AUTHORITIES).open():
                pass


async def test_a_service_without_a_console(service: Service, way_to: Maker) -> None:
    with pytest.raises(Unsupported, match=r"offers no serial console by SSH or WebSocket: .* nodehm\.cons to ipmi"):
        async with way_to(service.host, service.port).open():
            pass


# -- SSH, as Redfish tells of it --------------------------------------------------------------------------------------


class _Door(asyncssh.SSHServer):
    """Lets in who has the password."""

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("admin", "secret")


class ShellFar(Far):
    """A BMC's own SSH server, behind whose command line is the serial port."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.commands: list[str | None] = []
        self.breaks = 0
        self._processes: list[asyncssh.SSHServerProcess[bytes]] = []

    async def serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self.commands.append(process.command)
        self._processes.append(process)
        process.stdout.write(farside.READY)
        while True:
            try:
                octets = await process.stdin.read(1 << 16)
            except asyncssh.BreakReceived:
                self.breaks += 1
                continue
            except (asyncssh.TerminalSizeChanged, ConnectionError):
                continue
            if octets in (b"", farside.END):
                break
            process.stdout.write(farside.POURED if octets == farside.POUR else octets)
            await process.stdout.drain()
        process.exit(0)

    async def vanish(self) -> None:
        self._processes[-1].channel.get_extra_info("connection").abort()

    def broken(self, said: bytes) -> bool:
        return self.breaks > 0


class TestShell(WayContract):
    @pytest.fixture
    async def far(self, service: Service, way_to: Maker) -> AsyncIterator[ShellFar]:
        far = ShellFar(way_to(service.host, service.port, kind=TrustKind.ANY))
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=_Door,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            process_factory=far.serve,
            encoding=None,
            line_editor=False,
        )
        service.tree[SYSTEM]["SerialConsole"] = {
            "SSH": {
                "ServiceEnabled": True,
                "Port": server.get_port(),
                "SharedWithManagerCLI": True,
                "ConsoleEntryCommand": "console com2",
            }
        }
        async with server:
            yield far

    @pytest.fixture
    def nobody(self, far: ShellFar, service: Service) -> Way:
        service.tree[SYSTEM]["SerialConsole"]["SSH"]["Port"] = free_port()
        return far.way

    @pytest.fixture
    def stranger(self, far: ShellFar, service: Service, way_to: Maker) -> Way:
        return way_to(service.host, service.port, "wrong", TrustKind.ANY)

    async def test_the_managers_command_line_is_told_what_leads_to_the_console(self, far: ShellFar) -> None:
        async with asyncio.timeout(WITHIN), opened(far):
            assert far.commands == ["console com2"]

    async def test_a_host_key_that_is_not_known_is_refused(
        self, far: ShellFar, service: Service, way_to: Maker
    ) -> None:
        with pytest.raises(Untrusted, match="add it to /etc/ssh/ssh_known_hosts, or set the site attribute bmctrust"):
            async with way_to(service.host, service.port).open():
                pass
