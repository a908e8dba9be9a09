"""Make the project's Python environment, `.venv`; quick when there is nothing to do.

Begins on any Python 3, to say so where it is too old: hence the plain syntax, and the imports behind the check.
"""

import sys

OLDEST = (3, 10)


def bootstrap() -> int:
    """Check this Python, then go on with what needs it; an exit code."""
    if sys.version_info < OLDEST:
        mine, oldest = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST))
        sys.stderr.write("error: this is Python " + mine + ", and " + oldest + " or newer is needed; ")
        sys.stderr.write("install one and name it: make PYTHON=python3.12 up, for instance\n")
        return 1

    from pathlib import Path

    project = Path(__file__).resolve().parents[2]
    sys.path[0] = str(project)

    from sandbox.setup.environment import main

    return main(project, sys.argv[1:])


sys.exit(bootstrap())
