"""Starts the pack for Pulumi's engine: `pulumi preview --policy-pack policies`. It serves until the engine ends it."""

import sys
from pathlib import Path

# The engine starts it in this folder; its modules are of the package that the folder is.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies.analyzer import Analyzer, serve
from policies.pack import NAME, RULES, version

serve(Analyzer(NAME, version(), RULES))
