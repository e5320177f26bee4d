"""The steps of the three programs, in the order in which they are done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from xcatd.dbsetup.backup import backup
from xcatd.dbsetup.hosts import own_addresses, service_nodes
from xcatd.dbsetup.job import Job
from xcatd.dbsetup.mariadb_steps import MariaDbSteps
from xcatd.dbsetup.move import move
from xcatd.dbsetup.postgres_steps import PostgresSteps
from xcatd.store.location import Engine


@dataclass(frozen=True, slots=True)
class Step:
    """`work` does it and gives a line for each thing that it has done, as it goes. It raises what says why it cannot."""

    title: str
    work: Callable[[], Iterator[str]]


def steps(job: Job) -> list[Step]:
    """What is to be done in this run."""
    server = {Engine.POSTGRES: _postgres, Engine.MYSQL: _mariadb}.get(job.engine, lambda _: [])(job)
    if job.wishes.hosts_only:
        return server
    goes = job.wishes.moves and not job.is_there
    return [
        *server,
        *([Step("backup", lambda: backup(job))] if goes else []),
        Step("data", lambda: move(job)),
        *([Step("service nodes", lambda: tell_service_nodes(job))] if goes else []),
    ]


def _postgres(job: Job) -> list[Step]:
    server = PostgresSteps(job)
    begin, rules = Step("server", server.begin), Step("access rules", server.rules)
    if job.wishes.hosts_only:
        return [begin, rules]
    made = Step("role and database", server.owner)
    return [begin, made, Step("certificate", server.certificate), Step("settings", server.settings), rules]


def _mariadb(job: Job) -> list[Step]:
    server = MariaDbSteps(job)
    begin, users = Step("server", server.begin), Step("users", server.users)
    if job.wishes.hosts_only:
        return [begin, users]
    made = Step("database", server.database)
    prepared = [begin, made, Step("certificate", server.certificate), Step("settings", server.settings)]
    return [*prepared, users] if job.wishes.moves else prepared  # without a move there is no password yet


def tell_service_nodes(job: Job) -> Iterator[str]:
    """Which daemons have another cfgloc now, or none, and what that means."""
    names = ", ".join(service_nodes(job))
    path = job.paths.cfgloc
    if not names:
        yield "the tables have none"
    elif job.target.is_file:
        yield f"remove {path} on {names}, if it is there"
    else:
        yield f"copy {path} (mode 0600) to {names}; one without it goes on over its link, which works too"
        if all(ip_address(each).is_loopback for each in own_addresses(job)):
            yield f"they cannot reach the server at {job.host}: set site.master to an address of this host that they reach"
