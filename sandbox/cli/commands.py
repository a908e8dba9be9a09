"""The commands, each from the modules beside this file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable

import yaml

from sandbox import files, processes
from sandbox.cli import daemon, engine, prepare, recovery, shell, stack, update
from sandbox.errors import UserError
from sandbox.paths import Paths, cache, tool
from sandbox.setup import build

KEPT = {"bin", "charts", "crds", ".crds.origin", "manifests", "log", "pulumi", "lock", "environment.lock"}
"""The entries of `.sandbox` that stay when the sandbox is gone: none of them has any state of AWS."""


def up(paths: Paths) -> int:
    """set up, start the sandbox, bring the fleet up, show its clusters"""
    start(paths)
    code = _update(paths, "up")
    if code:
        print("\n`pulumi up` did not finish, see above; `make up` goes on from here, `make down` takes it all away.")
        return code
    context = _write_kubeconfig(paths)
    print("\nThe fleet:", flush=True)
    code = _show_clusters(paths, context)
    print(f"\nTo look around: source {paths.env.relative_to(paths.project)}")
    return code


def start(paths: Paths) -> int:
    """set up and start the sandbox, without a fleet"""
    prepare.prepare(paths)
    _start_cloud(paths)
    stack.ensure(paths)
    return 0


def preview(paths: Paths) -> int:
    """start the sandbox and show what `up` would change, and what of it the policies refuse"""
    start(paths)
    return stack.run(paths, "preview", "--diff", "--policy-pack", "policies", "--stack", stack.NAME)


def status(paths: Paths) -> int:
    """show what is running"""
    state = daemon.health(paths)
    ours = processes.ours(paths.root)
    if state is None:
        print("The sandbox is down." if not ours else "The sandbox doesn't answer.")
    else:
        print(
            f"The sandbox is up at {shell.cloud(paths)['aws_endpoint']}{'' if state['ready'] else ', not ready yet'}."
        )
        for name, phase in sorted(state.get("clusters", {}).items()):
            print(f"  cluster {name}: {phase}")
    for pid, name in sorted(ours.items()):
        print(f"  process {pid}: {name}")
    return 0 if state and state.get("ready") else 1


def down(paths: Paths) -> int:
    """destroy the fleet, stop the sandbox, tell if anything is left"""
    if not stack.exists(paths) and not paths.aws.exists():
        return _report(daemon.stop(paths) if processes.ours(paths.root) else [])
    code = _destroy(paths)
    left = daemon.leftovers(paths)
    if left and not code:
        _delete_leftovers(paths)
        left = daemon.leftovers(paths)
    if left is None:
        left = ["all of the fleet, in an AWS that doesn't answer"]
    left += daemon.stop(paths)
    if code:
        if left:
            _report(left)
        print("Not destroyed; `make down` tries again, `make clean` forgets it all without destroying anything.")
        return code
    _forget(paths)
    return _report(left)


def stop(paths: Paths) -> int:
    """end the sandbox's processes; the fleet comes back with `up`"""
    left = daemon.stop(paths)
    return _report(left) if left else 0


def clean(paths: Paths) -> int:
    """end the sandbox's processes and forget all that it knows, destroying nothing first"""
    left = daemon.stop(paths)
    _forget(paths)
    return _report(left)


def build_tools(paths: Paths) -> int:
    """build and link the tools, start nothing"""
    prepare.prepare(paths)
    return 0


def lint(paths: Paths) -> int:
    """check the workflows of .github by actionlint"""
    actionlint = build.build(cache(), paths.log, build.LINTERS)["actionlint"] / "actionlint"
    workflows = sorted((paths.project / ".github" / "workflows").glob("*.yml"))
    # It hands the steps' scripts to shellcheck, which is installed beside ruff.
    environ = {**os.environ, "PATH": os.pathsep.join([str(paths.venv / "bin"), os.environ.get("PATH", os.defpath)])}
    return subprocess.run([actionlint, *workflows], cwd=paths.project, env=environ, check=False).returncode


def _start_cloud(paths: Paths) -> None:
    """Have the cloud that the stack knows; raises UserError."""
    if stack.resources(paths) and not paths.aws.exists():
        raise UserError(
            f"{paths.aws}: does not exist, and the stack has {stack.resources(paths)} resources in it; run `make clean`"
            ", which removes the stack too, and then `make up`"
        )
    daemon.ensure(paths)
    shell.write(paths)


def _destroy(paths: Paths) -> int:
    """Destroy the fleet; non-zero if it couldn't be. Raises UserError where another pulumi is at work on it."""
    prepare.prepare(paths)
    try:
        _start_cloud(paths)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    stack.ensure(paths)
    if stack.resources(paths):
        _delete_leftovers(paths)
    return _update(paths, "destroy")


def _delete_leftovers(paths: Paths) -> None:
    """Delete what the clusters made beside the stack, as .github/workflows/destroy.yml does it before and afterwards.

    What it can't delete is listed in the end, by the destroy or by the account itself.
    """
    argv = [sys.executable, "-m", "ops", "leftovers", "--stack", stack.NAME, "--delete", "--yes", "--timeout", "2"]
    print("Deleting what the clusters made beside the stack:", flush=True)
    subprocess.run(argv, cwd=paths.project, env=shell.full(paths), check=False)


def _update(paths: Paths, operation: str) -> int:
    """Run `pulumi up` or `destroy`, after settling the operations that a killed one left."""
    recovery.resume(paths)
    parallel = ["--parallel", _parallel(paths)]
    return update.run(paths, operation, "--yes", "--skip-preview", *parallel, "--stack", stack.NAME)


def _parallel(paths: Paths) -> str:
    """The number of resources to work on at once, as .github/workflows takes it; raises UserError."""
    argv = [sys.executable, "-m", "ops", "parallel", "--stack", stack.NAME]
    done = subprocess.run(argv, cwd=paths.project, env=shell.full(paths), capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it failed without a message"]
        raise UserError(f"`python -m ops parallel`: {said[-1].removeprefix('error: ')}")
    return done.stdout.strip()


def _write_kubeconfig(paths: Paths) -> str:
    """Write the stack's kubeconfig where `.sandbox/env` points; return the context of the engine's API."""
    output = stack.outputs(paths).get("kubeconfig")
    if not output:
        raise UserError("the stack has no output `kubeconfig`; export one from __main__.py")
    config = yaml.safe_load(output) if isinstance(output, str) else output
    files.write_json(paths.kubeconfig, config)
    return config.get("current-context") or config["contexts"][0]["name"]


def _show_clusters(paths: Paths, context: str) -> int:
    """Show the clusters as the engine has them, in its API, which is of this context."""
    listing = {
        "kubefed": ["-n", "kube-federation-system", "get", "kubefedclusters"],
        "karmada": ["get", "clusters.cluster.karmada.io"],
    }
    argv = [tool(paths, "kubectl"), "--context", context, *listing[engine.current(paths)]]
    return subprocess.run(argv, env=shell.full(paths), check=False).returncode


def _forget(paths: Paths) -> None:
    """Remove the state of AWS, the clusters and the stack, so that the next `up` begins from nothing."""
    for path in paths.root.iterdir():
        if path.name not in KEPT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _report(left: Iterable[str]) -> int:
    """Say what is left; non-zero if anything is."""
    left = list(left)
    if left:
        print(f"Left ({len(left)}):", *left, sep="\n  ")
        return 1
    print("Nothing is left.")
    return 0
