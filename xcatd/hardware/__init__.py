"""Drivers: the nouns on the shelf. A command asks `Controllers` for a node's `Power` and knows no protocol."""

from xcatd.hardware.controllers import Controllers
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.limits import Limits
from xcatd.hardware.power import Power, PowerAction, PowerState

__all__ = ["Controllers", "Endpoint", "Limits", "Power", "PowerAction", "PowerState"]
