"""The services of a host kept as the tables want them: one keeper a service, and what they tell of themselves."""

from xcatd.services.keeping.reconciler import Reconciler
from xcatd.services.keeping.status import Status

__all__ = ["Reconciler", "Status"]
