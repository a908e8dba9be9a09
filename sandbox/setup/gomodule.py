"""One Go module of the tools: what there is to compile, and compiling it with a count of how far it is."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from progress import Progress
from sandbox.errors import UserError
from sandbox.setup.diagnosis import explain
from sandbox.setup.toolchain import Go


@dataclass(frozen=True)
class GoModule:
    """A folder with a go.mod, the Go to use in it, and the log of what Go says."""

    go: Go
    folder: Path
    log: Path

    def build(self, packages: Mapping[str, str], ldflags: str, target: Path, progress: Progress) -> None:
        """Compile main packages (binary's name to import path) into `target`; raises UserError."""
        libraries = self._stale(sorted(packages.values()), ldflags, progress)
        progress.update(f"{len(libraries)} packages to compile" if libraries else "linking")
        done: set[str] = set()

        def count(line: str) -> None:
            done.update({line} & libraries)
            linking = "" if len(done) < len(libraries) else ", linking"
            progress.update(f"{len(done)} of {len(libraries)} packages{linking}")

        output = target / ".out"
        output.mkdir()
        argv = ["build", "-v", "-ldflags", ldflags, "-o", f"{output}/", *sorted(packages.values())]
        self._run(argv, count)
        for name, package in packages.items():
            (output / executable(package)).rename(target / name)
        output.rmdir()
        progress.done(f"{len(done)} packages compiled, {len(packages)} linked")

    def dependency(self, module: str) -> Path:
        """The folder of a module that this one requires; raises UserError."""
        found = json.loads(self._run(["mod", "download", "-json", module], lambda _: None))
        return Path(found["Dir"])

    def _stale(self, packages: Sequence[str], ldflags: str, progress: Progress) -> set[str]:
        """The packages, programs apart, that Go's cache doesn't hold yet; fetches the modules they lie in."""
        fetched = 0

        def count(line: str) -> None:
            nonlocal fetched
            if line.startswith("go: downloading "):
                fetched += 1
                progress.update(f"{fetched} modules fetched")

        progress.update("fetching modules")
        template = '{{if and .Stale (ne .Name "main")}}{{.ImportPath}}{{end}}'
        listed = self._run(["list", "-deps", "-ldflags", ldflags, "-f", template, *packages], count)
        return set(listed.split())

    def _run(self, argv: Sequence[str], each: Callable[[str], None]) -> str:
        """Run go, hand each line of its standard error to `each`, give back its standard output."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile("w+") as out, self.log.open("w") as log:
            process = subprocess.Popen(
                [self.go.binary, *argv],
                cwd=self.folder,
                env=self.go.environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
            )
            try:
                for line in process.stderr or ():
                    log.write(line)
                    each(line.strip())
                code = process.wait()
            except BaseException:
                process.terminate()
                process.wait()
                raise
            if code:
                log.flush()
                raise UserError(explain(f"`go {argv[0]}` in {self.folder}", self.log))
            out.seek(0)
            return out.read()


def executable(package: str) -> str:
    """What `go build` calls the program of a main package: the last part of its path, a version apart."""
    parts = package.split("/")
    last = parts.pop()
    return parts.pop() if last[0] == "v" and last[1:].isdigit() else last
