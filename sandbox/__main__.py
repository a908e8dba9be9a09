"""`python -m sandbox COMMAND`: see `python -m sandbox --help`."""

import sys

from sandbox.cli.main import main

sys.exit(main(sys.argv[1:]))
