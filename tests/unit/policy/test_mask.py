"""No secret reaches a log or the auditlog table."""

from __future__ import annotations

import pytest

from xcatd.policy import mask


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (["n1", "stat"], "n1 stat"),
        (["-t", "node", "n1", "bmcpassword=a,b=c", "bmc=10.0.0.1"], "-t node n1 bmcpassword=xxxxxxxx bmc=10.0.0.1"),
        (["key=ipmi", "passwd.username=ADMIN", "passwd.password=x y"], "key=ipmi passwd.username=ADMIN passwd.password=xxxxxxxx"),
        (["key=xcat,username=root,password=abc"], "key=xcat,username=root,password=xxxxxxxx"),
        (["passwd.HMC=abc", "passwd.cryptmethod=sha512"], "passwd.HMC=xxxxxxxx passwd.cryptmethod=sha512"),
        (["n1", "ipmi.password,=abc"], "n1 ipmi.password,=xxxxxxxx"),
        (["n1", "ipmi.password=@=abc", "ipmi.password!~b"], "n1 ipmi.password=@xxxxxxxx ipmi.password!~xxxxxxxx"),
        (["--password", "abc", "on"], "--password xxxxxxxx on"),
        (["--password=abc", "on"], "--password=xxxxxxxx on"),
        (["-passwd", "abc"], "-passwd xxxxxxxx"),
        (["password=", "on"], "password= on"),
        (["pdu.community=public", "privkey=k", "authkey=k"], "pdu.community=xxxxxxxx privkey=xxxxxxxx authkey=xxxxxxxx"),
        (["node=n1", "prodkey.key=AAA"], "node=n1 prodkey.key=xxxxxxxx"),
        (["key=master", "site.value=10.0.0.1"], "key=master site.value=10.0.0.1"),
        (["key=ldappassword", "site.value=abc"], "key=ldappassword site.value=xxxxxxxx"),
        (["name=x,key=dbpasswd", "monsetting.value=a b"], "name=x,key=dbpasswd monsetting.value=xxxxxxxx"),
        (["key=tokenexpiredays", "site.value=3"], "key=tokenexpiredays site.value=3"),
        (["key=tokenexpiredays", "tokenexpiredays=3"], "key=tokenexpiredays tokenexpiredays=3"),
        (["ls n1; mysql --password abc -e x"], "ls n1; mysql --password xxxxxxxx"),
        (["http://joe:abc@host/x", "http://host/x"], "http://joe:xxxxxxxx@host/x http://host/x"),
        ([], ""),
    ],
)  # fmt: skip
def test_secrets_are_replaced_and_the_rest_stays(typed: list[str], shown: str) -> None:
    assert mask(typed) == shown


def test_what_a_command_takes_as_a_secret_is_masked_for_that_command() -> None:
    assert (
        mask(["--range", "10.0.0.1", "-p", "abc", "-nnew"], "bmcdiscover") == "--range 10.0.0.1 -p xxxxxxxx -nxxxxxxxx"
    )
    assert mask(["n1", "USERID=abc"], "rspconfig") == "n1 USERID=xxxxxxxx"
    assert mask(["-p", "groups=x"], "chdef") == "-p groups=x"


def test_a_word_of_a_megabyte_is_masked_without_delay() -> None:
    for piece in ("passw", "a.", "--passw", "x://y:", "=", "a=", "-"):
        word = piece * (1_000_000 // len(piece))
        assert len(mask([word])) <= len(word) + 8
