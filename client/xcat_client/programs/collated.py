"""What `xcoll` and `xdshbak` have in common: lines of many nodes, put together by node and by what they say."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def by_node(said: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Nodes in the order in which they spoke first, with all that each said, also when others spoke meanwhile."""
    pieces: dict[bytes, list[bytes]] = {}
    for node, text in said:
        pieces.setdefault(node, []).append(text)
    return {node: b"".join(texts) for node, texts in pieces.items()}


def by_text(texts: Mapping[bytes, bytes]) -> dict[bytes, list[bytes]]:
    """Different texts in the order in which they came first, with the nodes that said just that."""
    nodes: dict[bytes, list[bytes]] = {}
    for node, text in texts.items():
        nodes.setdefault(text, []).append(node)
    return nodes
