"""Every example of protocol.md section 6 (and of the noderange manual), as an operator types it."""

from __future__ import annotations

import pytest

from tests.unit.noderange.cluster import small
from xcatd.noderange import expand

ALL = {f"node{n}" for n in range(1, 13)}
RACK1 = {f"node{n}" for n in range(1, 7)}
RACK2 = ALL - RACK1
FRAME1 = {f"f1p{n}" for n in range(1, 5)}
LPAR = FRAME1 | {f"f2p{n}" for n in range(1, 5)}
IPMI = {"node1", "node2", "node3", "node4"}
OTHERS = {"n001", "n002", "n003", "n004", "n005", "web-a-1", "web-a-2", "n1.dom", "n2.dom"}


def nodes(*numbers: int) -> set[str]:
    return {f"node{n}" for n in numbers}


EXAMPLES = {
    # names and groups
    "node1": nodes(1),
    "web-a-1": {"web-a-1"},
    "n1.dom": {"n1.dom"},
    "rack1": RACK1,
    "dyn": FRAME1,
    "emptyg": set(),
    "rack[1-2]": ALL,
    "rack1-rack2": ALL,
    "rack1:rack2": ALL,
    "": set(),
    " , ,": set(),
    # brackets
    "node[1,3,5-7]": nodes(1, 3, 5, 6, 7),
    "f[1-2]p[1-4]": LPAR,
    "n[001-003]": {"n001", "n002", "n003"},
    "node[1:3]": nodes(1, 2, 3),
    "node[ 1 , 3 ]": nodes(1, 3),
    "web-[a,a]-[1-2]": {"web-a-1", "web-a-2"},
    # ranges
    "node1-node5": nodes(1, 2, 3, 4, 5),
    "node1:node5": nodes(1, 2, 3, 4, 5),
    "node1-node1": nodes(1),
    "web-a-1-web-a-2": {"web-a-1", "web-a-2"},
    "web-a-1:web-a-2": {"web-a-1", "web-a-2"},
    "f1p1-f1p3": {"f1p1", "f1p2", "f1p3"},
    "n1.dom-n2.dom": {"n1.dom", "n2.dom"},
    # increments
    "node9+3": nodes(9, 10, 11, 12),
    "n001+3": {"n001", "n002", "n003", "n004"},
    "n1.dom+1": {"n1.dom", "n2.dom"},
    "f1p2+1": {"f1p2", "f2p2"},
    # digits only
    "5": nodes(5),
    "10-12": nodes(10, 11, 12),
    "5+2": nodes(5, 6, 7),
    "[1-3]": nodes(1, 2, 3),
    # regular expressions
    "/node1.*": nodes(1, 10, 11, 12),
    "/node1": nodes(1),
    "/nosuch.*": set(),
    "/Node1": set(),
    # signs and order
    "all,-node5-node10": nodes(1, 2, 3, 4, 11, 12),
    "node1-node10,-node3-node5,node4": nodes(1, 2, 6, 7, 8, 9, 10),
    "-node1,rack1": RACK1 - nodes(1),
    "-rack1": set(),
    "10-12,-11": nodes(10, 12),
    "rack1@/node[12]": nodes(1, 2),
    "compute,lpar@dyn": ALL | FRAME1,
    "node12,rack1@node1,lpar": nodes(1, 12) | LPAR,
    "all,@rack1": RACK1,
    "rack1,-@compute": RACK1,
    "@compute": set(),
    "compute@-node1": nodes(1),
    "compute,@-node1": nodes(1),
    "all@rack1@node1-node3": nodes(1, 2, 3),
    # parentheses
    "(rack1,rack2)@/node1.*": nodes(1, 10, 11, 12),
    "all,-(node1,node2)": ALL - nodes(1, 2),
    "(all),-(rack1,-node1)": RACK2 | nodes(1),
    "(all)-(rack1)": RACK2,
    "all,(lpar,-(f1p1))": ALL | LPAR - {"f1p1"},
    "lpar,rack1@(node1-node8)": RACK1,
    "lpar,(rack1)@node1-node8": RACK1,
    "((node1))": nodes(1),
    # attribute tests
    "mgt==ipmi": IPMI,
    "mgt=ipmi": IPMI,
    "nodehm.mgt==ipmi": IPMI,
    "nodehm.mgt == ipmi": IPMI,
    "mgt=~mi$": IPMI,
    "mgt=~/ipmi/": IPMI,
    "mgt=~^(ipmi|hmc)$,-node1": (IPMI | FRAME1) - nodes(1),
    "mgt!=ipmi": (ALL | LPAR | OTHERS) - IPMI,
    "mgt==": (ALL | LPAR | OTHERS) - IPMI - FRAME1,
    "mgt!~ipmi|hmc": (ALL | LPAR | OTHERS) - IPMI - FRAME1,
    "groups=~rack1": RACK1,
    "tags=~rack1": RACK1,
    "nodelist.groups=~rack1@node1": nodes(1),
    "switch.switch==sw1": nodes(1, 3),
    "switch.switch==sw2": nodes(1, 2),
    "nodehm.cons==conserver": set(),
    # blanks and quotes
    "rack1 , rack2": ALL,
    "'node1',\"node2\"": nodes(1, 2),
    "rack1\t@ node1\n": nodes(1),
}

MISSING = {
    "nosuchnode": ("nosuchnode",),
    "node*": ("node*",),
    "Node1": ("Node1",),
    "f1p1-f2p3": ("f1p1-f2p3",),
    "web-a-3-b": ("web-a-3-b",),
    "node11-node14": ("node13", "node14"),
    "node[12-14],n006": ("node13", "node14", "n006"),
    "99": ("node99",),
    "rack3,all,-nosuch": ("rack3", "nosuch"),
    "nosuch,nosuch": ("nosuch",),
    "r1-5": ("r1-5",),
    "foo-5": ("foo-5",),
    "rack1 rack2": ("rack1 rack2",),
    "n[n1-n2]": ("nn1", "nn2"),
}

CORRECTED = {
    # written, and what old xCAT made of it
    "node1-5": nodes(1, 2, 3, 4, 5),  # missing
    "node1:3": nodes(1, 2, 3),
    "web-a-1-2": {"web-a-1", "web-a-2"},
    "node5-node1": nodes(1, 2, 3, 4, 5),  # nothing
    "node[12-10]": nodes(10, 11, 12),
    "n001-n3": {"n001", "n002", "n003"},  # nothing
    "/node(1|2)": nodes(1, 2),  # torn apart at the parenthesis
    "(/node(1|2)),node3": nodes(1, 2, 3),
    r"/node\d{2,3},node1": nodes(1, 10, 11, 12),
    "/node[1,2]": nodes(1, 2),
    "/node[(1]": nodes(1),
    "/node1/": nodes(1),
    "/rack[12].*": ALL,  # nothing, though the manual says groups
    "all,-/rack1": RACK2,
    "nodepos.comments=~[ab][,]": nodes(7),
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_example_of_the_reference(text: str) -> None:
    found = expand(text, small())
    assert (set(found.nodes), found.missing) == (EXAMPLES[text], ())


@pytest.mark.parametrize("text", MISSING)
def test_names_that_do_not_exist_are_reported(text: str) -> None:
    assert expand(text, small()).missing == MISSING[text]


@pytest.mark.parametrize("text", CORRECTED)
def test_what_old_xcat_got_wrong(text: str) -> None:
    found = expand(text, small())
    assert (set(found.nodes), found.missing) == (CORRECTED[text], ())
