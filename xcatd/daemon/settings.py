"""xcatd.yaml: the settings of the daemon itself. All are optional; a mistake names file, line and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from xcatd.errors import ConfigError

LOOPBACK = "127.0.0.1"
"""Where metrics are shown when only a port is named: they tell who has how many BMCs, and there is no log-in."""
LEVELS = ("debug", "info", "warning", "error")

_KINDS: Mapping[str, tuple[type, str]] = {
    "name": (str, "a host name"),
    "addresses": (list, "a list of addresses"),
    "port": (int, "a port number from 1 to 65535"),
    "master": (str, "the daemon above: host or host:port"),
    "schema": (str, "a folder with YAML files"),
    "log_level": (str, f"one of {', '.join(LEVELS)}"),
    "connections": (int, "a number of connections"),
    "drain": (int, "a number of seconds"),
    "metrics": (str, "a port, or host:port"),
    "management_nodes": (list, "a list of all management nodes: name, or name=host:port"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """`addresses` to listen on (empty: all, IPv6 and IPv4); `port` 0 = the site table's xcatdport, else 3001.

    `master` is the daemon above, for a service node; several, with commas between them, are tried in this order.
    `management_nodes`: all of the cluster, of which one is active; each as name or name=host:port. None: there is one.
    `schema`: the folder with what the site adds to the schema; "": the usual one. `drain`: seconds that a stopping daemon waits
    for its requests. `metrics`: where they can be read, host:port; "": nowhere.
    """

    name: str = ""
    addresses: tuple[str, ...] = ()
    port: int = 0
    master: str = ""
    schema: str = ""
    log_level: str = "info"
    connections: int = 4096
    drain: int = 30
    metrics: str = ""
    management_nodes: tuple[str, ...] = ()


def read_settings(path: Path) -> Settings:
    """The settings in a file; the defaults when there is no file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path} line {line}: {error.problem}; this is not YAML") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{path} line {line}: a character that YAML does not allow: {error.reason}") from error
    if document is None or (isinstance(document, yaml.ScalarNode) and not document.value):
        return Settings()
    if not isinstance(document, yaml.MappingNode):
        raise ConfigError(f"{path} line 1: write one `name: value` a line")
    values: dict[str, Any] = {}
    for key, value in document.value:
        made = _value(path, key, value)
        if key.value in values:
            raise ConfigError(f"{path} line {key.start_mark.line + 1}: {key.value} stands there twice; keep one")
        values[key.value] = made
    return Settings(**values)


def _value(path: Path, key: yaml.Node, node: yaml.Node) -> Any:
    where = f"{path} line {key.start_mark.line + 1}"
    if not isinstance(key, yaml.ScalarNode):
        raise ConfigError(f"{where}: write one `name: value` a line")
    if key.value not in _KINDS:
        near = difflib.get_close_matches(key.value, _KINDS, n=1)
        hint = f"; do you mean {near[0]}?" if near else f"; known are {', '.join(_KINDS)}"
        raise ConfigError(f"{where}: unknown setting {key.value!r}{hint}")
    kind, meaning = _KINDS[key.value]
    try:
        value: Any = yaml.SafeLoader("").construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError):  # a tag that nobody knows, a date that does not exist
        value = None
    if kind is list and isinstance(value, str):
        value = [value]
    if key.value == "master" and isinstance(value, list):
        value = ",".join(map(str, value))
    if key.value == "metrics" and isinstance(value, int) and not isinstance(value, bool):
        value = f"{LOOPBACK}:{value}"
    if not isinstance(value, kind) or isinstance(value, bool) or not _in_range(key.value, value):
        shown = node.value if isinstance(node, yaml.ScalarNode) else value
        raise ConfigError(f"{where}: {key.value} is {meaning}, not {shown!r}")
    return tuple(map(str, value)) if isinstance(value, list) else value


def _in_range(name: str, value: Any) -> bool:
    if name == "port":
        return 1 <= int(value) <= 65535
    if name in ("addresses", "management_nodes"):
        return all(isinstance(each, str) and each for each in value)
    if name in ("connections", "drain"):
        return int(value) > 0
    if name == "metrics":
        return _is_address(value)
    return name != "log_level" or value in LEVELS


def _is_address(text: str) -> bool:
    try:
        split_address(text, 0)
    except ConfigError:
        return False
    return True


def write_settings(path: Path, settings: Settings) -> None:
    """Write the settings that differ from the defaults."""
    default = Settings()
    changed = {name: getattr(settings, name) for name in _KINDS if getattr(settings, name) != getattr(default, name)}
    shown = {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}
    text = yaml.safe_dump(shown, sort_keys=False, width=1000) if shown else ""
    path.write_text(f"# Settings of xcatd; see docs/settings.md. Everything is optional.\n{text}", encoding="utf-8")


def split_addresses(text: str, port: int) -> Sequence[tuple[str, int]]:
    """The same of each of a list with commas. Raises ConfigError."""
    return [split_address(each.strip(), port) for each in text.split(",")]


def names_of(entries: Sequence[str]) -> Iterator[str]:
    """All names and hosts in a list of management nodes: the tables may have them for whichever is active."""
    for entry in entries:
        name, _, place = entry.partition("=")
        yield from (name, name.partition(".")[0])
        if place:
            yield split_address(place, 1)[0]


def places_of(entries: Sequence[str], port: int) -> Mapping[str, str]:
    """The management nodes of the settings: host:port by short name. Raises ConfigError."""
    found: dict[str, str] = {}
    for entry in entries:
        name, _, place = entry.partition("=")
        host, number = split_address(place or name, port)
        found[name.partition(".")[0]] = f"[{host}]:{number}" if ":" in host else f"{host}:{number}"
    if len(found) < 2:
        raise ConfigError(
            "management_nodes in xcatd.yaml names fewer than two hosts: name all management nodes there, or remove it"
        )
    return found


def split_address(text: str, port: int) -> tuple[str, int]:
    """(host, port) of `host`, `host:port`, `[v6]:port` or a bare IPv6 address. Raises ConfigError."""
    host, number = text, str(port)
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        host, number = host if closed else "", rest.removeprefix(":") or number
    elif text.count(":") == 1:
        host, _, number = text.partition(":")
    if not host or not number.isdecimal() or not 0 < int(number) < 65536:
        raise ConfigError(f"{text!r} is no address; write host, host:port or [address]:port")
    return host, int(number)
