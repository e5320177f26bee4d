"""Words that templates, lists of packages and files of kits have in common."""

from __future__ import annotations

import re
from typing import Final

INCLUDE: Final = re.compile(r"#INCLUDE:\s*([^#]+?)\s*#")
"""The name of another file."""
VARIABLE: Final = re.compile(r"#ENV:\s*([A-Za-z_]\w*)=([^#]*?)\s*#")
"""The name of a variable, and its value."""
