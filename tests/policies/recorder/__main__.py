"""The pack as it is, which also writes what the engine asks it into the file that FLEET_RECORD names."""

import os
import struct
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from policies.analyzer import Analyzer, serve
from policies.pack import NAME, RULES, version

CALLS = ("ConfigureStack", "Analyze", "AnalyzeStack")


class Recorder(Analyzer):
    """Writes each request down, then passes it on."""

    def __init__(self) -> None:
        super().__init__(NAME, version(), RULES)
        self._writing = threading.Lock()

    def _write(self, call: str, request: Any) -> None:
        sent = request.SerializeToString()
        with self._writing, Path(os.environ["FLEET_RECORD"]).open("ab") as out:
            out.write(struct.pack(">BI", CALLS.index(call), len(sent)) + sent)

    def ConfigureStack(self, request: Any, context: Any) -> Any:
        self._write("ConfigureStack", request)
        return super().ConfigureStack(request, context)

    def Analyze(self, request: Any, context: Any) -> Any:
        self._write("Analyze", request)
        return super().Analyze(request, context)

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        self._write("AnalyzeStack", request)
        return super().AnalyzeStack(request, context)


serve(Recorder())
