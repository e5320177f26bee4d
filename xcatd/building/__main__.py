"""`python -m xcatd.building TASK`."""

import sys

from xcatd.building.main import main

sys.exit(main(sys.argv[1:]))
