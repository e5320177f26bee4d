"""xcatd.yaml: what an operator may leave out, and what is said about a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xcatd.daemon.settings import (
    Settings,
    names_of,
    places_of,
    read_settings,
    split_address,
    split_addresses,
    write_settings,
)
from xcatd.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "xcatd.yaml"


def refused(path: Path, text: str) -> str:
    """The sentence, without the name of the file, with which a text is refused."""
    path.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        read_settings(path)
    sentence = str(refusal.value)
    assert sentence.startswith(f"{path} ")
    assert "\n" not in sentence
    return sentence.removeprefix(f"{path} ")


@pytest.mark.parametrize("text", [None, "", "# nothing but a remark\n", "{}\n"])
def test_everything_may_be_left_out(path: Path, text: str | None) -> None:
    if text is not None:
        path.write_text(text)
    assert read_settings(path) == Settings(
        name="", addresses=(), port=0, master="", schema="", log_level="info", connections=4096, drain=30
    )


def test_everything_may_be_said(path: Path) -> None:
    path.write_text(
        "name: mn1\naddresses: [127.0.0.1, '::1']\nport: 3005\nmaster: mn0:3001\nschema: /etc/site\n"
        "log_level: debug\nconnections: 7\ndrain: 5\n"
    )
    assert read_settings(path) == Settings("mn1", ("127.0.0.1", "::1"), 3005, "mn0:3001", "/etc/site", "debug", 7, 5)


def test_one_address_needs_no_list(path: Path) -> None:
    path.write_text("addresses: 127.0.0.1\n")
    assert read_settings(path).addresses == ("127.0.0.1",)


@pytest.mark.parametrize(
    ("said", "meant"), [("3003", "127.0.0.1:3003"), ("10.0.0.1:3003", "10.0.0.1:3003"), ("'[::1]:3003'", "[::1]:3003")]
)
def test_metrics_are_shown_on_this_host_only_unless_an_address_is_said(path: Path, said: str, meant: str) -> None:
    path.write_text(f"metrics: {said}\n")
    assert read_settings(path).metrics == meant


@pytest.mark.parametrize("said", ["0", "70000", "-1", "here", "true", "[1]", "a:b:c"])
def test_what_is_no_place_for_metrics_is_refused(path: Path, said: str) -> None:
    assert refused(path, f"metrics: {said}\n").startswith("line 1: metrics is a port, or host:port, not ")


@pytest.mark.parametrize("port", [1, 65535])
def test_a_port_may_be_any_that_there_is(path: Path, port: int) -> None:
    path.write_text(f"port: {port}\n")
    assert read_settings(path).port == port


@pytest.mark.parametrize(
    ("setting", "meaning"),
    [
        ("name: 12", "name is a host name, not '12'"),
        ("name: [mn1]", "name is a host name, not "),
        ("name:", "name is a host name, not ''"),
        ("addresses: 3", "addresses is a list of addresses, not '3'"),
        ("addresses: {a: b}", "addresses is a list of addresses, not "),
        ("port: 0", "port is a port number from 1 to 65535, not '0'"),
        ("port: 65536", "port is a port number from 1 to 65535, not '65536'"),
        ("port: -1", "port is a port number from 1 to 65535, not '-1'"),
        ("port: '3001'", "port is a port number from 1 to 65535, not '3001'"),
        ("port: yes", "port is a port number from 1 to 65535, not 'yes'"),
        ("port: 3001.0", "port is a port number from 1 to 65535, not '3001.0'"),
        ("port: 2026-99-99", "port is a port number from 1 to 65535, not '2026-99-99'"),
        ("port: !strange 3001", "port is a port number from 1 to 65535, not '3001'"),
        ("master: 3001", "master is the daemon above: host or host:port, not '3001'"),
        ("log_level: loud", "log_level is one of debug, info, warning, error, not 'loud'"),
        ("log_level: INFO", "log_level is one of debug, info, warning, error, not 'INFO'"),
        ("connections: 0", "connections is a number of connections, not '0'"),
        ("connections: many", "connections is a number of connections, not 'many'"),
        ("drain: 0", "drain is a number of seconds, not '0'"),
        ("drain: 1.5", "drain is a number of seconds, not '1.5'"),
        ("drain: true", "drain is a number of seconds, not 'true'"),
        ("prot: 3001", "unknown setting 'prot'; do you mean port?"),
        (
            "colour: red",
            "unknown setting 'colour'; known are name, addresses, port, master, schema, log_level, connections, drain",
        ),
        ("[name]: mn1", "write one `name: value` a line"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_what_belongs_there(path: Path, setting: str, meaning: str) -> None:
    assert refused(path, f"# of mn1\n\n{setting}\n").startswith(f"line 3: {meaning}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: mn1\nname: mn2\n", "line 2: name stands there twice; keep one"),
        ("- name\n- mn1\n", "line 1: write one `name: value` a line"),
        ("mn1\n", "line 1: write one `name: value` a line"),
        ("drain: 5\nname: [mn1\n", "line 3: "),
        ("drain: 5\nname: 'mn1\n", "line 3: "),
        ("drain: 5\n\tname: mn1\n", "line 2: "),
        ("drain: 5\n--- \ndrain: 6\n", "line 2: "),
        ("drain: 5\nname: m\0n\n", "line 2: a character that YAML does not allow: "),
    ],
)
def test_a_text_that_is_no_list_of_settings_is_refused_with_its_line(path: Path, text: str, sentence: str) -> None:
    assert refused(path, text).startswith(sentence)


def test_a_file_that_cannot_be_read_is_named(path: Path) -> None:
    path.write_bytes(b"name: caf\xe9\n")
    with pytest.raises(ConfigError, match=f"{path} cannot be read: 'utf-8'"):
        read_settings(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigError, match=f"{path} cannot be read: .*Is a directory"):
        read_settings(path)


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@given(
    st.builds(
        Settings,
        name=texts,
        addresses=st.lists(texts.filter(bool), max_size=3).map(tuple),
        port=st.integers(0, 65535),
        master=texts,
        log_level=st.sampled_from(["debug", "info", "warning", "error"]),
        connections=st.integers(1, 10**6),
        drain=st.integers(1, 10**6),
    )
)
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> None:
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    write_settings(path, settings)
    assert read_settings(path) == settings


def test_only_what_differs_from_the_defaults_is_written(path: Path) -> None:
    write_settings(path, Settings(name="mn1", addresses=("::1",)))
    assert path.read_text().splitlines() == [
        "# Settings of xcatd; see docs/settings.md. Everything is optional.",
        "name: mn1",
        "addresses:",
        "- ::1",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("mn1", ("mn1", 3001)),
        ("mn1:3005", ("mn1", 3005)),
        ("192.0.2.1", ("192.0.2.1", 3001)),
        ("192.0.2.1:1", ("192.0.2.1", 1)),
        ("2001:db8::1", ("2001:db8::1", 3001)),
        ("[2001:db8::1]", ("2001:db8::1", 3001)),
        ("[2001:db8::1]:65535", ("2001:db8::1", 65535)),
    ],
)
def test_an_address_may_have_a_port(text: str, place: tuple[str, int]) -> None:
    assert split_address(text, 3001) == place


@pytest.mark.parametrize("text", ["", ":3001", "mn1:", "mn1:many", "mn1:0", "mn1:65536", "mn1:-1", "[]:3001", "[::1]x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"is no address; write host, host:port or \[address\]:port") as refusal:
        split_address(text, 3001)
    assert str(refusal.value).startswith(repr(text))


def test_the_daemon_above_may_be_one_of_several(path: Path) -> None:
    path.write_text("master: [mn1, 'mn2:3005']\n")
    assert read_settings(path).master == "mn1,mn2:3005"
    assert split_addresses("mn1, mn2:3005,[fd00::1]:7", 3001) == [("mn1", 3001), ("mn2", 3005), ("fd00::1", 7)]


def test_management_nodes_have_names_and_places(path: Path) -> None:
    path.write_text("management_nodes: [mn1.example.org, 'mn2=10.0.0.2', 'mn3=[fd00::3]:3005']\n")
    nodes = read_settings(path).management_nodes
    assert places_of(nodes, 3001) == {
        "mn1": "mn1.example.org:3001",
        "mn2": "10.0.0.2:3001",
        "mn3": "[fd00::3]:3005",
    }
    assert set(names_of(nodes)) == {"mn1.example.org", "mn1", "mn2", "10.0.0.2", "mn3", "fd00::3"}


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        (["mn1"], "fewer than two"),
        (["mn1", "mn1.example.org"], "fewer than two"),
        (["mn1", "mn2=a:b"], "is no address"),
    ],
)
def test_a_list_of_management_nodes_that_cannot_be_right(nodes: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        places_of(nodes, 3001)
