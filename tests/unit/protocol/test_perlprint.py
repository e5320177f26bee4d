"""The mirror is itself tested: perlprint gives what the real client printed."""

from __future__ import annotations

import pytest

from tests.helpers.perlprint import ENDED_EARLY, Printed, perlprint
from tests.unit.protocol.recorded import Exchange, exchanges

BY_THE_COMMON_CLIENT = [exchange for exchange in exchanges() if exchange.name != "psh-local"]
DONE = b"<xcatresponse>\n  <serverdone></serverdone>\n</xcatresponse>\n"


def answer(body: str) -> bytes:
    return b"<xcatresponse>\n" + body.encode() + b"\n</xcatresponse>\n" + DONE


@pytest.mark.parametrize("exchange", BY_THE_COMMON_CLIENT, ids=lambda exchange: exchange.name)
def test_a_recorded_answer_prints_as_recorded(exchange: Exchange) -> None:
    printed = perlprint(exchange.answer, show_source=exchange.show_source)
    assert printed == Printed(exchange.stdout, exchange.stderr, exchange.status)


def test_there_are_recordings() -> None:
    assert len(BY_THE_COMMON_CLIENT) >= 40


def test_psh_prints_the_daemon_s_warning_on_standard_output_itself() -> None:
    [exchange] = [exchange for exchange in exchanges() if exchange.name == "psh-local"]
    printed = perlprint(exchange.answer)
    assert (printed.stderr, printed.status) == (exchange.stdout, exchange.status)


@pytest.mark.parametrize("sent", [b"", b"<xcatresponse>\n  <data>half", b"not XML at all"])
def test_an_answer_without_end_is_complained_about(sent: bytes) -> None:
    assert perlprint(sent) == Printed(b"", ENDED_EARLY.encode(), 1)


def test_what_came_before_a_broken_end_is_printed() -> None:
    whole = b"<xcatresponse>\n  <data>one</data>\n</xcatresponse>\n"
    assert perlprint(whole + b"<xcatresponse>\n  <da") == Printed(b"one\n", ENDED_EARLY.encode(), 1)


def test_nothing_after_the_end_is_printed() -> None:
    assert perlprint(DONE + answer("<data>late</data>")) == Printed(b"", b"", 0)


@pytest.mark.parametrize("text", ["0", "", "   "])
def test_a_false_data_line_vanishes_and_an_info_line_does_not(text: str) -> None:
    shown = text if text == "0" else ""
    assert perlprint(answer(f"<data>{text}</data>")).stdout == b""
    assert perlprint(answer(f"<info>{text}</info>")).stdout == f"{shown}\n".encode()


def test_later_nodes_follow_a_node_s_error_to_standard_error() -> None:
    nodes = [
        "<node><data>on</data><name>n1</name></node>",
        "<node><error>no</error><errorcode>4</errorcode><name>n2</name></node>",
        "<node><data><desc>state</desc><contents>off</contents></data><name>n3</name></node>",
        "<node><warning>slow</warning><name>n4</name></node>",
        "<xcatdsource>mn</xcatdsource>",
    ]
    printed = perlprint(answer("".join(nodes)))
    assert printed.stdout == b"n1: on\n"
    assert printed.stderr == b"n2: [mn]: Error: no\nn3: state: off\nn4: [mn]: Warning: slow\n"
    assert printed.status == 4


def test_the_codes_of_all_responses_are_combined_into_one_byte() -> None:
    body = "<errorcode>1</errorcode><errorcode>258</errorcode><node><name>n</name><errorcode>8</errorcode></node>"
    assert perlprint(answer(body)).status == 11


def test_the_source_is_shown_where_it_is_asked_for() -> None:
    body = (
        "<error>e</error><error></error><info>i</info><sinfo>s</sinfo><data>d</data>"
        "<data><desc>k</desc><contents>v</contents></data><data><contents>alone</contents></data>"
        "<node><name>n</name><data>t</data></node><xcatdsource>mn</xcatdsource>"
    )
    quiet, loud = perlprint(answer(body)), perlprint(answer(body), show_source=True)
    assert quiet.stderr == loud.stderr == b"Error: [mn]: e\nError: \n"
    assert quiet.stdout == b"i\ns\rn: t\nd\nk: v\nalone\n"
    assert loud.stdout == b"[mn]: i\ns\rn: [mn]: t\n[mn]: d\n[mn]: k: v\n[mn]: alone\n"
    assert perlprint(answer(body + "<host>mn</host>")).stdout == loud.stdout
    assert perlprint(answer(body + "<NoSvrPrefix>1</NoSvrPrefix>"), show_source=True).stdout == quiet.stdout


def test_the_words_error_and_warning_can_be_left_out() -> None:
    body = "<NoErrorPrefix>1</NoErrorPrefix><NoWarnPrefix>1</NoWarnPrefix><error>e</error><warning>w</warning>"
    assert perlprint(answer(body)).stderr == b"e\nw\n"


def test_colours_survive_outside_of_nodes_only() -> None:
    printed = perlprint(answer("<info>\x1b[1m</info><node><name>n</name><data>\x1b[1m</data></node>"))
    assert printed.stdout == b"\x1b[1m\nn: xxxxESCxxxx[1m\n"


def test_base64_data_is_decoded_after_the_node_s_name() -> None:
    body = "<node><base64_data>aGVsbG8=</base64_data><name>n</name></node>"
    assert perlprint(answer(body)).stdout == b"n: hello\n"


def test_text_is_written_as_perl_writes_it() -> None:
    printed = perlprint(answer("<info>é</info><info>é €</info>"))
    assert printed.stdout == b"\xe9\n" + "é €\n".encode()
