"""`xcatsnap`: what a helper needs to see of this host, in one archive, with every secret taken out.

A collector is a function with a decorator; what it gives passes the scrubber before it is written: docs/diagnosis.md.
"""

from xcatd.snap.collect import Part, Source, collector

__all__ = ["Part", "Source", "collector"]
