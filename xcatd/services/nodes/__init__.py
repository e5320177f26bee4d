"""What nodes say of themselves, by either door, and what is done for them."""

from xcatd.services.nodes.deeds import Deeds, NoDeeds
from xcatd.services.nodes.hearing import Hearing
from xcatd.services.nodes.saying import Saying, Verb, read_saying
from xcatd.services.nodes.statuses import STATUSES
from xcatd.services.nodes.whose import Whose

__all__ = ["STATUSES", "Deeds", "Hearing", "NoDeeds", "Saying", "Verb", "Whose", "read_saying"]
