"""The text of conserver.cf."""

from __future__ import annotations

from pathlib import Path

from xcatd.services.conserver.configuration import Consoles, Settings

SETTINGS = Settings(Path("/c.pem"), Path("/ca.pem"), ["127.0.0.1", "10.0.0.1"], [], Path("/var/log/consoles"), False)
HEAD = """# xcatd: begin (this part is written anew when the tables change)
config * {
  sslrequired yes;
  sslreqclientcert yes;
  sslcredentials /c.pem;
  sslcacertificatefile /ca.pem;
}
access * {
  trusted 127.0.0.1;
  trusted 10.0.0.1;
}
default * {
  logfile /var/log/consoles/&;
  timestamp 1lab;
  rw *;
  master localhost;
}
# xcatd: end
"""
OLD = """config * {
  sslrequired yes;
}
#xCAT BEGIN n1 CONS
console n1 {
  type exec;
  exec /opt/xcat/share/xcat/cons/ipmi n1;
}
#xCAT END n1 CONS
#xCAT BEGIN n11 CONS
console n11 {
  type exec;
}
#xCAT END n11 CONS
"""
"""As xCAT 2 writes it."""


def test_a_whole_file() -> None:
    assert Consoles({"n1": "console n1 {\n}\n"}).text(SETTINGS) == (
        f"{HEAD}#xCAT BEGIN n1 CONS\nconsole n1 {{\n}}\n#xCAT END n1 CONS\n"
    )


def test_what_stands_there_comes_back() -> None:
    there = Consoles({"n1": "console n1 {\n}\n", "n2": ""}, "console mine {\n}\n")
    assert Consoles.of(there.text(SETTINGS)) == there


def test_of_a_file_of_xcat_2_the_nodes_count() -> None:
    found = Consoles.of(OLD)
    assert found.others == ""
    assert list(found.blocks) == ["n1", "n11"]
    assert found.blocks["n1"].startswith("console n1 {\n")
    assert Consoles.of("config * {\n}\nconsole x {\n}\n") == Consoles({})


def test_blocks_change_in_their_places() -> None:
    changed = Consoles.of(OLD).changed({"n1": "new\n", "n0": "zero\n"}, ["n11", "n12"])
    assert changed.blocks == {"n1": "new\n", "n0": "zero\n"}
    assert list(changed.blocks) == ["n1", "n0"]


def test_hosts_that_were_added_are_remembered() -> None:
    settings = Settings(Path("/c"), Path("/ca"), ["127.0.0.1"], ["10.9.0.1", "127.0.0.1", "h"], Path("/l"), True)
    text = Consoles({}).text(settings)
    assert Consoles.of(text).more == ("10.9.0.1", "127.0.0.1", "h")
    assert text.count("trusted 127.0.0.1;") == 1
    assert "  options ondemand;\n" in text
