"""The door for xCAT 2's clients, nodes and front ends: what they may send in which pieces, and what they get."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.alone import alone, credentials, log_lines, typed, until
from tests.helpers.cluster import PATIENCE, Daemon
from tests.helpers.conversation import ESC, Answer, Conversation, conversation, login, request, with_part

MANY = 3000
NAMES = [f"c{number:04}" for number in range(1, MANY + 1)]
NODELS = request("nodels", noderange="n1")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("door")) as running:
        typed(
            running,
            "nodeadd n[1-3] groups=few,all nodehm.mgt=ipmi",
            f"nodeadd c[0001-{MANY}] groups=many,all nodehm.mgt=ipmi",
            "chtab key=xcat,username=web passwd.password=let-me-in",
            "chtab priority=5 policy.name=web policy.commands=nodels,authcheck policy.rule=allow",
        )
        yield running


@pytest.fixture(scope="module")
def joe(daemon: Daemon) -> Path:
    return credentials(daemon, "joe")


@pytest.fixture(scope="module")
def service_node(daemon: Daemon) -> Path:
    folder = credentials(daemon, "sn9", role="sn")
    (folder / "client-cred.pem").symlink_to(folder / "server-cred.pem")
    return folder


@pytest.fixture
def silent_bmc(daemon: Daemon) -> Iterator[socket.socket]:
    """The BMC of n2: it hears everything and says nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bmc:
        bmc.bind(("127.0.0.1", 0))
        bmc.settimeout(PATIENCE)
        typed(daemon, f"nodech n2 ipmi.bmc=127.0.0.1:{bmc.getsockname()[1]} ipmi.username=a ipmi.password=b")
        yield bmc


async def ask(daemon: Daemon, asked: bytes, who: Path | None) -> Answer:
    async with conversation(daemon, who) as talk:
        return await talk.ask(asked)


# -- framing ------------------------------------------------------------------------------------------------------


async def test_requests_follow_each_other_on_a_connection(daemon: Daemon) -> None:
    async with conversation(daemon, daemon.credentials) as talk:
        assert (await talk.ask(NODELS)).nodes == ["n1"]
        assert (await talk.ask(request("nodels", noderange="nobody"))).error.endswith("noderange: nobody")
        assert (await talk.ask(NODELS)).nodes == ["n1"]


async def test_requests_sent_ahead_are_answered_in_their_order(daemon: Daemon) -> None:
    async with conversation(daemon, daemon.credentials) as talk:
        await talk.say(b"\n".join(request("nodels", noderange=name) for name in NAMES[:100]))
        assert [Answer(await talk.answer()).nodes for _ in range(100)] == [[name] for name in NAMES[:100]]


async def test_a_request_may_come_byte_by_byte(daemon: Daemon) -> None:
    asked = request("chdef", "-t", "node", "-o", "n1", "usercomment=größer €")
    async with conversation(daemon, daemon.credentials) as talk:
        await talk.say(*(asked[at : at + 1] for at in range(len(asked))))
        assert Answer(await talk.answer()).texts("error") == []
        assert (await talk.ask(request("nodels", "nodelist.comments", noderange="n1"))).contents == ["größer €"]


@pytest.mark.parametrize(
    "sent",
    [
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + NODELS,
        b"\r\n \n" + NODELS + b"\n\n",
        NODELS.replace(b"<xcatrequest>", b'<xcatrequest version="2">'),
        NODELS.replace(b"<xcatrequest>", b"<xcatrequest><!-- hello --><unknown><deep>x</deep></unknown>"),
        NODELS.replace(b"n1", b"&#110;1"),
        NODELS.replace(b"n1", b"<![CDATA[n1]]>"),
    ],
    ids=["declaration", "blanks", "attribute", "strangers", "character reference", "CDATA"],
)
async def test_what_other_programs_write_is_understood(daemon: Daemon, sent: bytes) -> None:
    assert (await ask(daemon, sent, daemon.credentials)).nodes == ["n1"]


async def test_the_transaction_id_comes_back(daemon: Daemon) -> None:
    for asked in (NODELS, request("noderange", noderange="n1"), request("nosuchcommand")):
        answer = await ask(daemon, with_part(asked, b"<transid>42</transid>"), daemon.credentials)
        assert answer.texts("transid") == ["42"]


# -- what must be refused -----------------------------------------------------------------------------------------

HOSTILE = {
    "another protocol": (b"GET / HTTP/1.1\r\nHost: mn1\r\n\r\n", "This does not begin with <xcatrequest>"),
    "entities": (
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + NODELS.replace(b"n1", b"&b;"),
        "Document type and entity declarations are not accepted",
    ),
    "a file as entity": (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + NODELS.replace(b"n1", b"&a;"),
        "Document type and entity declarations are not accepted",
    ),
    "an unknown entity": (NODELS.replace(b"n1", b"&a;"), "This is not well-formed XML"),
    "a tag that is not closed": (NODELS.replace(b"</command>", b""), "This is not well-formed XML"),
    "elements where a text belongs": (NODELS.replace(b"n1", b"<b>n1</b>"), "The element <noderange> holds elements"),
    "depth": (
        NODELS.replace(b"n1", b"<a>" * 50 + b"</a>" * 50),
        "The document's elements are nested more than 16 deep",
    ),
    "breadth": (
        b"<xcatrequest>" + b"<arg></arg>" * 250_000 + b"</xcatrequest>",
        "The document has more than 200000 elements",
    ),
    "size": (b"<xcatrequest><stdin>" + b"x" * (9 << 20), "The document is longer than the 8388608 bytes allowed"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_request_is_refused_with_a_sentence_and_a_line_in_the_log(
    daemon: Daemon, joe: Path, name: str
) -> None:
    sent, sentence = HOSTILE[name]
    before = len(log_lines(daemon))
    async with conversation(daemon, joe) as talk:  # root may send more
        with contextlib.suppress(ConnectionError):  # it need not read all of it
            await talk.say(sent)
        answer = Answer(await talk.rest())
    assert answer.error.startswith(sentence)
    new = until(lambda: [line for line in log_lines(daemon)[before:] if line["level"] == "warning"], "the log")
    assert [line["event"] for line in new] == [f"caller joe from 127.0.0.1: {answer.error}"]


async def test_a_good_request_is_answered_before_the_nonsense_behind_it_is_refused(daemon: Daemon) -> None:
    async with conversation(daemon, daemon.credentials) as talk:
        await talk.say(NODELS + b"and then some nonsense")
        assert Answer(await talk.answer()).nodes == ["n1"]
        assert Answer(await talk.rest()).error.startswith("This does not begin with <xcatrequest>")


@pytest.mark.parametrize("asked", [request(""), b"<xcatrequest><noderange>n1</noderange></xcatrequest>"])
async def test_a_request_without_a_command_is_told_so(daemon: Daemon, asked: bytes) -> None:
    answer = await ask(daemon, asked, daemon.credentials)
    assert answer.error == "The request names no command: send <command>NAME</command>"


# -- the end of a request -----------------------------------------------------------------------------------------


async def status_in_log(daemon: Daemon, command: str, before: int) -> object:
    """The status of the first such command that ended after the log had `before` lines."""

    def ends() -> list[object]:
        lines = log_lines(daemon)[before:]
        return [line["status"] for line in lines if line["event"] == "request" and line["command"] == command]

    found = await asyncio.to_thread(until, ends, f"the end of {command}")
    return found[0]


async def begin_rpower(talk: Conversation, bmc: socket.socket) -> None:
    """Ask for the power of n2, up to where its BMC has been asked."""
    await talk.say(request("rpower", "stat", noderange="n2"))
    await asyncio.to_thread(bmc.recv, 2048)


async def test_an_abort_ends_the_command_down_to_the_bmc(daemon: Daemon, silent_bmc: socket.socket) -> None:
    before = len(log_lines(daemon))
    async with conversation(daemon, daemon.credentials) as talk:
        await begin_rpower(talk, silent_bmc)
        await talk.say(b"<xcatrequest><abortcommand>1</abortcommand></xcatrequest>")
        assert await talk.rest() == b""
    assert await status_in_log(daemon, "rpower", before) == 130


async def test_a_caller_who_hangs_up_ends_the_command(daemon: Daemon, silent_bmc: socket.socket) -> None:
    before = len(log_lines(daemon))
    async with conversation(daemon, daemon.credentials) as talk:
        await begin_rpower(talk, silent_bmc)
        talk.hang_up()
        assert await status_in_log(daemon, "rpower", before) == 130


async def test_an_abort_in_the_same_breath_as_the_request_ends_the_connection(daemon: Daemon) -> None:
    async with conversation(daemon, daemon.credentials) as talk:
        await talk.say(
            request("rpower", "stat", noderange="n3") + b"<xcatrequest><abortcommand>1</abortcommand></xcatrequest>"
        )
        assert await talk.rest() == b""


# -- large answers ------------------------------------------------------------------------------------------------


async def test_no_name_is_lost_whatever_the_load(daemon: Daemon) -> None:
    """The reference loses names when its machine is busy, and exits with 0."""
    eight = [ask(daemon, request("nodels", noderange="many"), daemon.credentials) for _ in range(8)]
    thin = [asyncio.to_thread(daemon.run, "nodels", "many", tls=bool(number % 2)) for number in range(4)]
    answers, printed = await asyncio.gather(asyncio.gather(*eight), asyncio.gather(*thin))
    for answer in answers:
        assert answer.nodes == NAMES
        assert answer.texts("error") == []
    for done in printed:
        assert (done.returncode, done.stderr, done.stdout.split()) == (0, "", NAMES)


async def test_a_reader_who_dawdles_delays_nobody_and_gets_everything(daemon: Daemon) -> None:
    async with conversation(daemon, daemon.credentials) as talk:
        await talk.say(*[request("nodels", "nodelist.groups", "nodehm.mgt", noderange="many")] * 8)
        for _ in range(8):
            assert (await ask(daemon, NODELS, daemon.credentials)).nodes == ["n1"]
        for _ in range(8):
            assert Answer(await talk.answer()).nodes == [name for name in NAMES for _ in range(2)]


# -- texts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [f"{ESC}[1mbold{ESC}[0m", "naïve 日本語 🙂", "a <b> & \"c\" 'd' ]]>", "tab\there"])
async def test_a_text_comes_back_as_it_was_sent(daemon: Daemon, text: str) -> None:
    async with conversation(daemon, daemon.credentials) as talk:
        changed = await talk.ask(request("chdef", "-t", "node", "-o", "n3", f"usercomment={text}"))
        assert changed.texts("error") == []
        assert (await talk.ask(request("nodels", "nodelist.comments", noderange="n3"))).contents == [text]
        shown = await talk.ask(request("lsdef", "-t", "node", "-o", "n3", "-i", "usercomment"))
        assert shown.texts("info")[-1] == f"    usercomment={text}"
    done = await asyncio.to_thread(daemon.run, "nodels", "n3", "nodelist.comments")
    assert done.stdout == f"n3: {text}\n"


# -- who asks -----------------------------------------------------------------------------------------------------


async def test_a_user_may_not_speak_for_another(daemon: Daemon, joe: Path) -> None:
    as_root = request("nodels", noderange="n1", username="root")
    answer = await ask(daemon, as_root, joe)
    assert answer.error == "joe may not act for root: only a service node or management node may"
    answer = await ask(daemon, as_root, None)
    assert answer.error == "An anonymous caller may not act for root: only a service node or management node may"
    answer = await ask(daemon, request("nodels", noderange="n1", username="joe"), daemon.credentials)
    assert answer.error == "root may not act for joe: only a service node or management node may"


async def test_a_service_node_is_believed_and_the_policy_asked_about_the_user(
    daemon: Daemon, service_node: Path
) -> None:
    own = "nodelist.appstatus"  # a column that nobody else asks for

    def decided() -> list[dict[str, Any]]:
        return [line for line in log_lines(daemon, "audit") if line["args"] == own]

    async with conversation(daemon, service_node) as talk:
        assert (await talk.ask(request("nodels", own, noderange="n1", username="root"))).nodes == ["n1"]
        answer = await talk.ask(request("nodels", own, noderange="n1", username="joe"))
        assert answer.error == "Permission denied for request"
        answer = await talk.ask(request("nodels", own, noderange="n1"))  # for itself it may do nothing
        assert answer.error == "Permission denied for request"
    decisions = until(lambda: len(found := decided()) == 3 and found, "three decisions in the log")
    assert [(line["caller"], line["decision"]) for line in decisions] == [
        ("root", "Allowed"),
        ("joe", "Denied"),
        ("sn9", "Denied"),
    ]


async def test_somebody_without_a_certificate_may_do_what_nodes_need(daemon: Daemon) -> None:
    async with conversation(daemon, None) as talk:
        assert (await talk.ask(request("lsxcatd", "-t"))).texts("data") == ["This is a Management Node"]
        assert (await talk.ask(NODELS)).error == "Permission denied for request"


async def test_authcheck_says_whether_the_caller_is_known(daemon: Daemon, joe: Path) -> None:
    asked = request("authcheck")
    root = await ask(daemon, asked, daemon.credentials)
    assert (root.texts("username"), root.texts("data")) == (["root"], ["Authenticated"])
    for stranger in (joe, None):
        assert (await ask(daemon, asked, stranger)).texts("data") == ["Unauthenticated"]


async def test_a_password_makes_a_front_end_s_user(daemon: Daemon) -> None:
    async with conversation(daemon, None) as talk:
        known = with_part(request("authcheck"), login("becomeuser", "web", "let-me-in"))
        assert (await talk.ask(known)).texts("username") == ["web"]
        allowed = with_part(NODELS, login("becomeuser", "web", "let-me-in"))
        assert (await talk.ask(allowed)).nodes == ["n1"]
        wrong = with_part(NODELS, login("becomeuser", "web", "guess"))
        assert (await talk.ask(wrong)).error == "Authentication failure"
        assert (await talk.ask(NODELS)).error == "Permission denied for request"
    complaints = [line["event"] for line in log_lines(daemon) if "Authentication" in line["event"]]
    assert complaints[-1] == "caller without a name from 127.0.0.1: Authentication failure"


async def test_a_token_stands_for_the_password(daemon: Daemon) -> None:
    async with conversation(daemon, None) as talk:
        bought = await talk.ask(b"<xcatrequest>" + login("gettoken", "web", "let-me-in") + b"</xcatrequest>")
        token = bought.text("data/token/id")
        assert bought.text("data/token/expire") > "2026"
        shown = f"<tokens><tokenid>{token}</tokenid></tokens>".encode()
        assert (await talk.ask(with_part(NODELS, shown))).nodes == ["n1"]
        assert (await talk.ask(with_part(request("rpower", "off", noderange="n1"), shown))).error.startswith(
            "Permission"
        )
        other = with_part(NODELS, shown.replace(token.encode(), b"0000"))
        assert (await talk.ask(other)).error == "Authentication failure"
        refused = await talk.ask(b"<xcatrequest>" + login("gettoken", "web", "guess") + b"</xcatrequest>")
        assert refused.error == "Authentication failure"


async def test_the_use_of_a_token_is_kept(daemon: Daemon) -> None:
    typed(daemon, "chtab tokenid=old-one token.username=web token.expire=never token.access='2020-01-01 00:00:00'")
    async with conversation(daemon, None) as talk:
        await talk.ask(with_part(NODELS, b"<tokens><tokenid>old-one</tokenid></tokens>"))
    until(lambda: typed(daemon, "gettab tokenid=old-one token.access") > "2026", "the time of the token's last use")


# -- requests of programs -----------------------------------------------------------------------------------------


async def test_a_noderange_is_expanded(daemon: Daemon) -> None:
    answer = await ask(daemon, request("noderange", noderange="n[1-3],-n2,stranger"), daemon.credentials)
    assert (answer.texts("node"), answer.texts("warning")) == (
        ["n1", "n3"],
        ["Invalid nodes in noderange:stranger"],
    )
    answer = await ask(daemon, request("noderange", noderange="n[1"), daemon.credentials)
    assert answer.error.startswith("Cannot read the noderange 'n[1'")


async def test_a_noderange_with_the_groups_that_meet_it(daemon: Daemon) -> None:
    asked = request("extnoderange", "subgroups", noderange="n1")
    answer = await ask(daemon, asked, daemon.credentials)
    assert (answer.texts("node"), answer.texts("intersectinggroups")) == (["n1"], ["all", "few"])


async def test_expanding_needs_a_right_too(daemon: Daemon, joe: Path) -> None:
    for command in ("noderange", "extnoderange"):
        assert (await ask(daemon, request(command, noderange="all"), joe)).error == "Permission denied for request"


async def test_nodes_may_be_given_expanded(daemon: Daemon) -> None:
    assert (await ask(daemon, request("nodels", node=["n2", "n3"]), daemon.credentials)).nodes == ["n2", "n3"]
