"""When the nodes of a dead service node go to another one by themselves, where they go, and when they go back. Pure."""

from xcatd.services.takeover.judge import judged
from xcatd.services.takeover.policy import Terms, is_on, problems, terms_of
from xcatd.services.takeover.scene import Back, Deed, Go, Judgement, Remark, Resume, Scene

__all__ = [
    "Back",
    "Deed",
    "Go",
    "Judgement",
    "Remark",
    "Resume",
    "Scene",
    "Terms",
    "is_on",
    "judged",
    "problems",
    "terms_of",
]
