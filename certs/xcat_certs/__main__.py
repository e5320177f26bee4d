"""`python -m xcat_certs`: the same as xcatcert."""

from __future__ import annotations

import sys

from xcat_certs.cli import main

sys.exit(main())
