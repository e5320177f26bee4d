"""A copy of all tables as text, made before anything is moved: what restorexCATdb reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xcat_certs import files
from xcatd.dbsetup.job import Job
from xcatd.dbsetup.programs import need_root
from xcatd.plugins.tables.csvtext import csv_lines, rows_of


def backup(job: Job) -> Iterator[str]:
    """Write a file for each table but the logs, which are moved too and would make this long. Only root can read them."""
    need_root()
    folder = place(job)
    files.make_directory(folder, files.PRIVATE_DIRECTORY)
    tables = {name: table for name, table in job.schema.tables.items() if not table.log}
    for name, table in tables.items():
        text = "".join(f"{line}\n" for line in csv_lines(table, rows_of(job.tables, table)))
        files.write(folder / f"{name}.csv", text.encode(errors="surrogateescape"), files.PRIVATE)
    yield f"wrote {len(tables)} tables to {folder}, for restorexCATdb -p"


def place(job: Job) -> Path:
    return job.paths.root / f"var/tmp/xcat-db-backup-{job.stamp}"
