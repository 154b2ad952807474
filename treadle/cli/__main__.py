"""`python -m treadle.cli`, for where the script is not on the path."""

import sys

from treadle.cli import main

sys.exit(main())
