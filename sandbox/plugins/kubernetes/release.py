"""helm.sh/v3:Release: a Helm release, by the helm binary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.plugins.kubernetes import waits
from sandbox.plugins.kubernetes.api import Unreachable
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.helm import Helm, HelmError
from sandbox.plugins.provider import Call, Found, Problem, Properties, ProviderError, Refused, Resource

_SWITCHES = {
    "atomic": "--atomic",
    "dependencyUpdate": "--dependency-update",
    "devel": "--devel",
    "disableOpenapiValidation": "--disable-openapi-validation",
    "disableWebhooks": "--no-hooks",
    "forceUpdate": "--force",
    "renderSubchartNotes": "--render-subchart-notes",
    "skipCrds": "--skip-crds",
    "takeOwnership": "--take-ownership",
    "verify": "--verify",
}
_VALUES = {
    "description": "--description",
    "keyring": "--keyring",
    "postrender": "--post-renderer",
    "version": "--version",
}
_REPOSITORY = {"repo": "--repo", "caFile": "--ca-file", "certFile": "--cert-file", "keyFile": "--key-file"}
_COMPAT = "compat"
"""Set by the SDK itself, for the plugin's conversion of releases of its earlier form; the plugin drops it."""
_OWN = {
    "allowNullValues",
    "chart",
    "cleanupOnFail",
    _COMPAT,
    "createNamespace",
    "maxHistory",
    "name",
    "namespace",
    "repositoryOpts",
    "resetValues",
    "reuseValues",
    "skipAwait",
    "timeout",
    "values",
    "waitForJobs",
}
_KNOWN = {*_SWITCHES, *_VALUES, *_OWN}
_DEFAULTS = dict.fromkeys(
    (
        *_SWITCHES,
        "allowNullValues",
        "cleanupOnFail",
        "createNamespace",
        "disableCRDHooks",
        "lint",
        "recreatePods",
        "replace",
        "resetValues",
        "reuseValues",
        "skipAwait",
        "waitForJobs",
    ),
    False,
)
"""The inputs that the official plugin fills in, beside the version (helm_release.go, Check)."""
_TIMEOUT = 300
"""Seconds: pulumi-kubernetes' default, and helm's."""


class Release(Resource[Cluster]):
    """A release: installed, upgraded, uninstalled; one that failed stays in the state and is taken up again."""

    replace_on = ("name", "namespace")
    volatile = ("status", "resourceNames", "manifest")

    def check(self, call: Call[Cluster]) -> Properties:
        """Refuse what the stand-in doesn't have; fill in the defaults, and the version of a chart in a folder."""
        problems = list(_problems(call.inputs))
        if problems:
            raise Refused(*problems)
        if call.inputs.get("allowNullValues"):
            call.warn("allowNullValues has no effect: null values are always kept")
        given = {name: value for name, value in call.inputs.items() if value is not None and name != _COMPAT}
        inputs = {**_DEFAULTS, **given}
        inputs["name"] = call.autoname(digits=8)
        inputs.setdefault("namespace", (call.client.namespace if call.client else "") or "default")
        if not inputs.get("skipAwait"):
            inputs.setdefault("timeout", _TIMEOUT)
        if isinstance(inputs["chart"], str) and Path(inputs["chart"]).is_dir():
            # Only the version tells the plugin that a folder has changed.
            inputs["version"] = _version(Path(inputs["chart"]))
        return inputs

    def create(self, call: Call[Cluster]) -> tuple[str, Properties]:
        """Install it. One of that name must not exist, even if the provider takes over objects that do.

        The official plugin installs without a look, and helm refuses a name in use (helm_release.go, helmCreate).
        """
        helm = _helm(call)
        if helm.status(call.inputs["name"]):
            raise ProviderError("cannot re-use a name that is still in use")
        return _id(call.inputs), self._deployed(call, helm, "install")

    def read(self, call: Call[Cluster]) -> Found | None:
        """Ask helm; for an import by its id, `<namespace>/<name>`."""
        namespace, _, name = call.id.rpartition("/")
        found = Helm(call, namespace or "default", 0).status(name)
        if found is None:
            return None
        inputs = {
            **(call.inputs or {"chart": found["chart"]["chart"]}),
            "name": name,
            "namespace": namespace,
        }
        live, written = found.get("config") or {}, _values(inputs)
        if live != written:
            inputs["values"] = live
        version = found["chart"]["version"]
        if inputs.get("version") and inputs["version"] != version and version != _status(call.state).get("version"):
            inputs["version"] = version
        info = found["info"]
        problem = "" if info["status"] == "deployed" else f"the release is {info['status']}: {info.get('description')}"
        return Found(id=call.id, inputs=inputs, outputs=_outputs(inputs, found), problem=problem)

    def update(self, call: Call[Cluster]) -> Properties:
        """Upgrade it, even if the last try has failed."""
        return self._deployed(call, _helm(call), "upgrade")

    def delete(self, call: Call[Cluster]) -> None:
        """Uninstall it, and wait until what it made is gone."""
        inputs = call.inputs or call.state
        seconds = _seconds(inputs, call.timeout)
        wait = [] if inputs.get("skipAwait") else ["--wait", "--timeout", f"{seconds}s"]
        try:
            call.client.api.request("GET", "/version")
        except Unreachable as error:
            if not call.client.deletes_unreachable:
                raise
            call.warn(f"{error}; release {call.id} counts as uninstalled")
            return
        hooks = ["--no-hooks"] if inputs.get("disableWebhooks") else []
        Helm(call, inputs["namespace"], seconds).run("uninstall", inputs["name"], "--ignore-not-found", *wait, *hooks)

    def _deployed(self, call: Call[Cluster], helm: Helm, verb: str) -> Properties:
        """Install or upgrade. helm refuses to upgrade a release that an interrupted run has left pending."""
        name = call.inputs["name"]
        try:
            helm.run(*_arguments(call, verb), values=_values(call.inputs))
        except ProviderError as error:
            if left := helm.status(name):
                call.created(_id(call.inputs), _outputs(call.inputs, left))
                raise HelmError(f"{error}{_unready(call, left)}") from error
            raise
        call.created(_id(call.inputs), call.inputs)
        made = helm.status(name)
        if made is None:
            raise ProviderError(f"release {_id(call.inputs)} vanished while it was being installed")
        return _outputs(call.inputs, made)


def _problems(inputs: Properties) -> Iterator[Problem]:
    for name in sorted(name for name, value in inputs.items() if value is not None and name not in _KNOWN):
        yield Problem(name, f"input {name!r} of a Release is not in the sandbox's stand-in")
    repository = inputs.get("repositoryOpts") or {}
    if isinstance(repository, Mapping):
        for name in sorted(repository.keys() - _REPOSITORY.keys()):
            yield Problem(f"repositoryOpts.{name}", f"input 'repositoryOpts.{name}' is not in the sandbox's stand-in")
    chart = inputs.get("chart")
    if isinstance(chart, str) and not repository and not chart.startswith("oci://") and not Path(chart).exists():
        yield Problem("chart", f"there is no folder or file {chart!r}, and no repositoryOpts.repo to take a chart from")


def _helm(call: Call[Cluster]) -> Helm:
    return Helm(call, call.inputs["namespace"], _seconds(call.inputs, call.timeout))


def _seconds(inputs: Properties, custom: float) -> int:
    return int(inputs.get("timeout") or custom or _TIMEOUT)


def _arguments(call: Call[Cluster], verb: str) -> Iterator[str]:
    inputs = call.inputs
    yield from (verb, inputs["name"], inputs["chart"], "--timeout", f"{_seconds(inputs, call.timeout)}s")
    yield from (flag for name, flag in _SWITCHES.items() if inputs.get(name))
    for given, flags in ((inputs, _VALUES), (inputs.get("repositoryOpts") or {}, _REPOSITORY)):
        for name, flag in flags.items():
            if given.get(name):
                yield from (flag, given[name])
    if not inputs.get("skipAwait"):
        yield "--wait"
        if inputs.get("waitForJobs"):
            yield "--wait-for-jobs"
    if verb == "install":
        if inputs.get("createNamespace"):
            yield "--create-namespace"
        return
    yield "--reuse-values" if inputs.get("reuseValues") and not inputs.get("resetValues") else "--reset-values"
    if inputs.get("cleanupOnFail"):
        yield "--cleanup-on-fail"
    if inputs.get("maxHistory") is not None:
        yield from ("--history-max", str(inputs["maxHistory"]))


def _values(inputs: Properties) -> Properties:
    return inputs.get("values") or {}


def _version(chart: Path) -> str:
    """The version of a chart in a folder; raises Refused for a folder that holds none."""
    import yaml

    try:
        return str(yaml.safe_load((chart / "Chart.yaml").read_text())["version"])
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        reason = (
            f"{chart} has no Chart.yaml with a version ({error}); check the chart name and repository configuration"
        )
        raise Refused(Problem("chart", reason)) from error


def _id(inputs: Properties) -> str:
    return f"{inputs['namespace']}/{inputs['name']}"


def _status(state: Properties) -> Mapping[str, Any]:
    return state.get("status") or {}


def _outputs(inputs: Properties, release: Mapping[str, Any]) -> Properties:
    chart = release["chart"]
    status = {
        "appVersion": chart.get("appVersion", ""),
        "chart": chart["chart"],
        "name": release["name"],
        "namespace": release["namespace"],
        "revision": release["version"],
        "status": release["info"]["status"],
        "version": chart["version"],
    }
    return {**inputs, "status": status, "resourceNames": _resource_names(release)}


def _resource_names(release: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of what a release has made, by `<kind>/v1` or `<kind>.<group>/<group>/<version>`, as officially."""
    names: dict[str, list[str]] = {}
    for version, kind, namespace, name in _objects(release):
        group = version.rpartition("/")[0]
        key = f"{kind}.{group}/{version}" if group else f"{kind}/{version}"
        names.setdefault(key, []).append(f"{namespace}/{name}" if namespace else name)
    return {key: sorted(found) for key, found in sorted(names.items())}


def _objects(release: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """apiVersion, kind, namespace and name of each object in the manifest."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast
    for object in yaml.load_all(release.get("manifest") or "", Loader=loader):
        if isinstance(object, Mapping) and object.get("kind"):
            metadata = object.get("metadata") or {}
            yield object["apiVersion"], object["kind"], metadata.get("namespace", ""), metadata.get("name", "")


def _unready(call: Call[Cluster], release: Mapping[str, Any]) -> str:
    """Return the release's objects that are not ready, each with the reason, which helm doesn't report."""
    reasons: list[str] = []
    for version, kind, namespace, name in _objects(release):
        metadata = {"name": name, "namespace": namespace or release["namespace"]}
        wanted = {"apiVersion": version, "kind": kind, "metadata": metadata}
        awaited = waits.readiness(wanted)
        found = call.client.api.get(wanted) if awaited else None
        if awaited and found and (why := awaited[0](found)):
            reasons.append(f"{kind} {name}: {why}")
    return f"; {'; '.join(reasons)}" if reasons else ""
