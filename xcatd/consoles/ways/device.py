"""The way through a node's hardware: its BMC, or its hypervisor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace

from xcatd.consoles.line import Line, Way
from xcatd.hardware import Controllers, Endpoint


@dataclass(frozen=True, slots=True)
class DeviceWay(Way):
    """`method`: the management method whose driver has the console. `steal`: who has it is put out, where only one can have it."""

    kind: str
    method: str
    endpoint: Endpoint
    controllers: Controllers = field(compare=False, repr=False)
    steal: bool = field(default=False, compare=False)

    def open(self) -> AbstractAsyncContextManager[Line]:
        return self._opened()

    def taking_over(self) -> Way:
        return replace(self, steal=True)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Line]:
        console = self.controllers.device(self.method, self.endpoint).console
        async with console.open(steal=self.steal) as terminal:
            yield terminal
