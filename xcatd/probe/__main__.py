"""`python -m xcatd.probe`: the same as xcatprobe."""

from __future__ import annotations

import sys

from xcatd.probe.main import main

sys.exit(main())
