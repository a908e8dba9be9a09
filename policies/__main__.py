"""Start the pack for Pulumi's engine, which ends it: `pulumi preview --policy-pack policies`."""

import sys
from pathlib import Path

# The engine runs this file with the pack's folder as working directory; the imports need the folder's parent.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies.analyzer import Analyzer, serve
from policies.pack import NAME, RULES, version

serve(Analyzer(NAME, version(), RULES))
