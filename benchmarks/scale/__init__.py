"""Clusters of 1,000, 10,000 and 100,000 nodes, in two shapes, and how long the table, node and object commands take there.

`python -m benchmarks scale` measures all of it. Options pick a part: `--nodes 10000`, `--shape node` (a row per node in each
table) or `--shape group` (a row per group, the BMC by a |regex| value), `--only lsdef` (cases whose name contains that).
`--profile 'lsdef -t node -l'` measures nothing: it runs that command line in this process and prints where its time goes.
"""

from benchmarks.scale.measure import main

__all__ = ["main"]
