"""Noderanges: the short way to write many node names.

A noderange is a list with commas (blanks around them do not matter, quotes anywhere are dropped). A name that the
database knows as a node is that node, whatever signs it contains; then groups are looked up, then:

    written            means
    -----------------  ------------------------------------------------------------------------------------------
    node1   rack1      a node, else the members of a group (static or dynamic); otherwise the name is missing
    n[1,3,5-7]         one name per value; several brackets multiply; 01-12 keeps its zeros; a colon is a hyphen
    n1-n5   n1:n5      from one to the other, in either order, when they differ in one number (groups alike)
    n1-5               the same, if n1 exists
    n9+3               n9 and the three after it: the first number counts up
    5   10-12   5+2    node5, ...: digits alone get a prefix and a suffix
    /regex             nodes whose whole name matches; if none does, the members of groups whose name matches
    table.col==value   nodes by attribute, inherited: == (or =) equal, != not, =~ regex found, !~ not found;
                       groups, tags and mgt are short for nodelist.groups and nodehm.mgt; no value counts as ""
    ^/path/of/file     the lines of a file as one noderange, each up to its first blank or colon; lines that begin
                       with # or ^ are left out
    (a,b)              a noderange as one item
    a@b                what a and b share; binds closer than the comma, but an @ beside a parenthesis and an @
                       at the start of an item take everything before it
    -a                 without a: exclusions are removed last, so they win wherever they stand in their list

Rules and examples: protocol.md section 6. What is done differently, and why, is in docs/differences.md.
"""

from xcatd.noderange.evaluate import Expansion, expand
from xcatd.noderange.folding import fold
from xcatd.noderange.nodeset import NodeSet
from xcatd.noderange.source import Source
from xcatd.noderange.spelling import names

__all__ = ["Expansion", "NodeSet", "Source", "expand", "fold", "names"]
