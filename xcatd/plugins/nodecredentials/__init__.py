"""`nodetoken` and `nodeenrol`: a node or a service node gets a certificate of its own, by a token that is good once."""

from xcatd.plugins.nodecredentials.enrol import nodeenrol
from xcatd.plugins.nodecredentials.token import nodetoken

__all__ = ["nodeenrol", "nodetoken"]
