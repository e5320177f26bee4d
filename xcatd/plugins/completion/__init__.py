"""`xcatcomplete`: what a shell may put in the place of a half-typed word (docs/completion.md).

`words` takes a command line apart, `position` says what is being typed, `candidates` knows what there is.
"""

from xcatd.plugins.completion.command import xcatcomplete

__all__ = ["xcatcomplete"]
