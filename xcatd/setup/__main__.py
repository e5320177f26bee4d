"""`python -m xcatd.setup`: the same as xcatconfig."""

from __future__ import annotations

import sys

from xcatd.setup.main import main

sys.exit(main())
