"""`python -m xcatd`."""

import sys

from xcatd.daemon.main import main

sys.exit(main())
