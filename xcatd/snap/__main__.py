"""`python -m xcatd.snap`: the same as xcatsnap."""

from __future__ import annotations

import sys

from xcatd.snap.main import main

sys.exit(main())
