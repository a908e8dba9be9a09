"""`python -m sandbox COMMAND`: see `python -m sandbox --help`."""

import sys

try:
    from sandbox.cli.main import main
except ModuleNotFoundError as error:
    sys.exit(f"error: Python's package {error.name} is missing here; run the command through make, which installs it")

sys.exit(main(sys.argv[1:]))
