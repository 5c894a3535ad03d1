"""`python -m connector.cli`."""

import sys

from . import main

sys.exit(main())
