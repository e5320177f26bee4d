"""SQLite, PostgreSQL and MariaDB side by side: what users wait for, what daemons spend, and how soon they see each other.

`python -m benchmarks databases` measures all of it. Options pick a part: `--part commands` (the table and object commands at
10,000 nodes), `--part large` (100,000 nodes: starts, foreign changes, bulk loads), `--engine PostgreSQL`, `--nodes`, `--large`
(other sizes), `--runs`, `--only TEXT` (commands whose name contains that). The servers are real ones of the benchmark's own, and
write to the disk what they acknowledge, as those in use do.
"""

from benchmarks.databases.measure import main

__all__ = ["main"]
