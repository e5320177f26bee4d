"""Replies for Hypothesis to vary."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from xcatd.model import Channel, Done, Ended, Failure, Line, Reply, Verdict

names = st.sampled_from(["n1", "n2", "n3"])
sources = st.sampled_from(["", "mn", "sn1"])


def lines(texts: SearchStrategy[str]) -> SearchStrategy[Line]:
    optional = st.none() | texts
    return st.builds(Line, optional, st.none() | names, optional, st.sampled_from(Channel), sources)


def replies(texts: SearchStrategy[str]) -> SearchStrategy[Reply]:
    """Everything but Done."""
    codes = st.sampled_from([0, 1, 2, 8])
    failures = st.builds(Failure, texts, st.none() | names, codes, st.sampled_from(Channel), sources, st.booleans())
    return lines(texts) | failures | st.builds(Ended, names, st.sampled_from(Verdict))


def everything(texts: SearchStrategy[str]) -> SearchStrategy[Reply]:
    return replies(texts) | st.builds(Done, st.integers(0, 255))
