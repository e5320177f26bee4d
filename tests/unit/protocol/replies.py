"""Replies for Hypothesis to vary."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from xcatd.model import Block, Channel, Done, Ended, Failure, Line, NodeBlock, Progress, Reply, Verdict

names = st.sampled_from(["n1", "n2", "n3"])
sources = st.sampled_from(["", "mn", "sn1"])


def lines(texts: SearchStrategy[str]) -> SearchStrategy[Line]:
    optional = st.none() | texts
    return st.builds(Line, optional, st.none() | names, optional, st.sampled_from(Channel), sources)


def replies(texts: SearchStrategy[str]) -> SearchStrategy[Reply]:
    """Everything but Done."""
    codes = st.sampled_from([0, 1, 2, 8])
    causes = st.sampled_from(["", "unreachable"])
    failures = st.builds(
        Failure, texts, st.none() | names, codes, st.sampled_from(Channel), sources, st.booleans(), causes
    )
    return (
        lines(texts)
        | failures
        | st.builds(Ended, names, st.sampled_from(Verdict), st.sampled_from((0.0, 0.25, 12.0, 3600.5)))
    )


def blocks(texts: SearchStrategy[str]) -> SearchStrategy[Block | NodeBlock]:
    optional = st.none() | texts
    many = st.lists(texts, max_size=4).map(tuple)
    of_nodes = st.lists(st.tuples(names, optional, optional), max_size=4).map(tuple)
    return st.builds(Block, many, st.sampled_from(Channel), sources) | st.builds(NodeBlock, of_nodes, sources)


def one_by_one(reply: Reply) -> list[Reply]:
    """The lines of a block; another reply as it is."""
    match reply:
        case Block(texts, channel, source):
            return [Line(text, channel=channel, source=source) for text in texts]
        case NodeBlock(lines, source):
            return [Line(text, node, label, source=source) for node, label, text in lines]
    return [reply]


def everything(texts: SearchStrategy[str]) -> SearchStrategy[Reply]:
    progress = st.builds(Progress, st.integers(0, 9), st.integers(0, 9))
    return replies(texts) | blocks(texts) | progress | st.builds(Done, st.integers(0, 255))
