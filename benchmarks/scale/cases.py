"""What is measured at each size: command lines, in the order in which they are run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Words = Sequence[str]


@dataclass(slots=True)
class Scene:
    """What the command lines of a case are made from: how many nodes there are, where files may be, which run it is."""

    nodes: int
    folder: Path
    type: Callable[[Words], bytes]
    """Run a command that must succeed, unmeasured; gives its output."""
    run: int = 0

    @property
    def middle(self) -> str:
        return f"n{self.nodes // 2}"

    @property
    def rack(self) -> str:
        return f"rack{self.nodes // 80 + 1}"


@dataclass(frozen=True, slots=True)
class Case:
    """One command, typed again and again: `before` and `after` each run something else happens that is not measured."""

    what: str
    words: Callable[[Scene], Words]
    lines: Callable[[Scene], int] = lambda _: 0
    """How many lines must come at the least."""
    stdin: Callable[[Scene], Path] | None = None
    before: Callable[[Scene], object] = lambda _: None
    after: Callable[[Scene], object] = lambda _: None
    by_node: bool = False
    """Whether its work grows with the number of nodes."""
    most: int = 99
    """Runs, at the most."""
    least_nodes: int = 0
    """Not measured on smaller clusters."""


def cases() -> list[Case]:
    """All of them. What reads comes first, so that it meets the cluster as it was generated."""
    return [*_reading(), *_writing(), *_creating(1_000), *_creating(10_000), *_whole()]


def _typed(line: str) -> Callable[[Scene], Words]:
    return lambda scene: line.format(scene=scene).split()


def _unmeasured(line: str) -> Callable[[Scene], object]:
    return lambda scene: scene.type(line.format(scene=scene).split())


def _all(scene: Scene) -> int:
    return scene.nodes


def _reading() -> Iterator[Case]:
    yield Case("tabdump site", _typed("tabdump site"))
    yield Case("nodels", _typed("nodels"), _all, by_node=True)
    yield Case("nodels of a rack of 40", _typed("nodels {scene.rack}"), lambda _: 40)
    yield Case("nodels n1-nN", _typed("nodels n1-n{scene.nodes}"), _all, by_node=True)
    yield Case("nodels by a regex", _typed("nodels /n.*5$"), lambda scene: scene.nodes // 10, by_node=True)
    yield Case("nodels nodehm.mgt==ipmi", _typed("nodels all nodehm.mgt==ipmi"), _all, by_node=True)
    yield Case("nodels all nodehm.mgt", _typed("nodels all nodehm.mgt"), _all, by_node=True)
    yield Case("nodels all ipmi.bmc", _typed("nodels all ipmi.bmc"), _all, by_node=True)
    yield Case("tabdump nodelist", _typed("tabdump nodelist"), _all, by_node=True)
    yield Case("lsdef of one node", _typed("lsdef -t node {scene.middle}"), lambda _: 10)
    yield Case(
        "lsdef -i mgt,bmc of all", _typed("lsdef -t node -o all -i mgt,bmc"), lambda s: 3 * s.nodes, by_node=True
    )
    yield Case("lsdef -l of all", _typed("lsdef -t node -l"), lambda scene: 10 * scene.nodes, by_node=True)
    yield Case("completion", _typed("xcat xcatcomplete -- lsdef n{scene.nodes}"), lambda _: 1)
    yield Case("lsdef --json of all", _typed("lsdef -t node -l --json"), _all, by_node=True)


def _writing() -> Iterator[Case]:
    yield Case("chdef of one node", _typed("chdef -t node -o {scene.middle} usercomment=one{scene.run}"))
    yield Case(
        "lsdef of one node just after a write",
        _typed("lsdef -t node {scene.middle}"),
        lambda _: 10,
        before=_unmeasured("chdef -t node -o {scene.middle} usercomment=before{scene.run}"),
    )
    yield Case(
        "chdef of one attribute on all", _typed("chdef -t node -o all usercomment=all{scene.run}"), by_node=True, most=3
    )
    yield Case("nodech on all", _typed("nodech all nodepos.rack=r{scene.run}"), by_node=True, most=3)


def _creating(count: int) -> Iterator[Case]:
    """Making and removing `count` nodes beside those that are there."""
    made, many = f"m1-m{count}", f"of {count:,} nodes"
    attributes = "groups=all,made mgt=ipmi bmc=10.99.0.1 arch=x86_64 os=rhels8.9.0"
    add = f"nodeadd {made} groups=all,made nodehm.mgt=ipmi ipmi.bmc=10.99.0.1 nodetype.arch=x86_64"
    remove = f"noderm {made}"

    def case(what: str, line: str, *, stanza: bool = False, makes: bool) -> Case:
        return Case(
            what,
            _typed(line),
            stdin=(lambda scene: _stanza(scene.folder, count, attributes)) if stanza else None,
            before=(lambda _: None) if makes else _unmeasured(add),
            after=_unmeasured(remove) if makes else (lambda _: None),
            most=3,
            least_nodes=count if count > 1_000 else 0,
        )

    yield case(f"mkdef {many} by stanza", "mkdef -z", stanza=True, makes=True)
    yield case(f"mkdef {many} by noderange", f"mkdef -t node -o {made} {attributes}", makes=True)
    yield case(f"nodeadd {many}", add, makes=True)
    yield case(f"rmdef {many}", f"rmdef -t node -o {made}", makes=False)
    yield case(f"noderm {many}", remove, makes=False)


def _stanza(folder: Path, count: int, attributes: str) -> Path:
    path = folder / f"{count}.stanza"
    if not path.exists():
        body = "".join(f"    {each}\n" for each in ["objtype=node", *attributes.split()])
        path.write_text("".join(f"m{number}:\n{body}\n" for number in range(1, count + 1)))
    return path


def _whole() -> Iterator[Case]:
    """Whole tables and the whole configuration, from files and into them."""
    yield Case(
        "tabrestore nodelist",
        _typed("tabrestore {scene.folder}/nodelist.csv"),
        before=lambda scene: _dumped(scene, "tabdump", "nodelist", into="nodelist.csv"),
        by_node=True,
        most=3,
    )
    export, again = (
        "xcat-inventory export -f {scene.folder}/all.yaml",
        "xcat-inventory import -f {scene.folder}/all.yaml",
    )
    yield Case("xcat-inventory export", _typed(export), by_node=True, most=3)
    yield Case("xcat-inventory import of the same", _typed(again), by_node=True, most=3)
    yield Case(
        "xcat-inventory import into no nodes", _typed(again), before=_unmeasured("noderm all"), by_node=True, most=2
    )


def _dumped(scene: Scene, *words: str, into: str) -> None:
    (scene.folder / into).write_bytes(scene.type(words))
