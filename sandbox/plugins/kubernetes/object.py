"""Kubernetes objects, of built-in kinds and of custom ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, TypeVar

from sandbox.plugins.kubernetes import waits
from sandbox.plugins.kubernetes.api import ApiError, NoSuchKind, Object, Unreachable
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.rules import OWNERS, REPLACED_BY, WITHOUT_NAMESPACE
from sandbox.plugins.provider import (
    UNKNOWN,
    Call,
    Diff,
    Found,
    Problem,
    Properties,
    ProviderError,
    Refused,
    Resource,
    Secret,
    TimedOut,
)
from sandbox.plugins.provider import diff as differ
from sandbox.plugins.provider.drift import drifted
from sandbox.plugins.provider.values import has_unknown

T = TypeVar("T")
_AUTONAMED = "pulumi.com/autonamed"
_SERVERS_OWN = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
"""Of the metadata, what only the API server sets."""
_CREATE_RETRIES = 5
_DELETE_TIMEOUT = 600.0


class KubernetesObject(Resource[Cluster]):
    """Any object: applied from the server's side, waited for, and deleted until it is gone."""

    def __init__(self, custom: bool) -> None:
        """`custom`: its kind is not one of Kubernetes' own, so that only the cluster knows it."""
        self.custom = custom

    def prepare(self, inputs: Properties) -> Properties:
        """The SDK writes a schema's `x-kubernetes-…` with underscores, as its names must be."""
        return _respelled(inputs, "x-kubernetes-", "-", "_")

    def check(self, call: Call[Cluster]) -> Properties:
        """Give it a name if the program gives none, and the provider's namespace."""
        inputs = deepcopy(call.inputs)
        metadata = inputs.setdefault("metadata", {})
        if metadata is UNKNOWN:
            return inputs
        if metadata.get("generateName"):
            raise Refused(Problem("metadata.generateName", "is not in the sandbox's stand-in; give a name, or none"))
        if not metadata.get("name"):
            metadata["name"] = self._autonamed(call)
            annotations = metadata.setdefault("annotations", {})
            if annotations is not UNKNOWN:
                annotations[_AUTONAMED] = "true"
        namespace = call.client.namespace if call.client else ""
        if namespace and not metadata.get("namespace") and self._namespaced(call, inputs):
            metadata["namespace"] = namespace
        known = _known(inputs)
        for name in known["metadata"].get("annotations", ()):
            if name.startswith("pulumi.com/") and name.partition("/")[2] not in waits.ANNOTATIONS:
                raise Refused(Problem("metadata.annotations", f"annotation {name!r} is not in the sandbox's stand-in"))
        waits.readiness(known)  # refuses one that it cannot read
        return inputs

    def diff(self, call: Call[Cluster]) -> Diff:
        """Compare inputs; the default namespace is the same as none."""
        changed = differ.changes(_canonical(call.old_inputs), _canonical(call.inputs))
        version, kind = call.inputs.get("apiVersion"), call.inputs.get("kind")
        fixed = () if kind in _mutable(call) else REPLACED_BY.get(f"{version}/{kind}", ())
        replaces = differ.replacing(changed, ("kind", "metadata.name", "metadata.namespace", *fixed))
        return Diff(changes=changed, replaces=replaces, delete_before_replace=_same_place(call))

    def preview(self, call: Call[Cluster]) -> Properties:
        """Ask the API server by a dry run where that is possible; what it would set itself stays unknown."""
        self._dry_run(call)
        if call.state:
            return _merged(call.state, call.inputs)
        return _foretold(call)

    def create(self, call: Call[Cluster]) -> tuple[str, Properties]:
        """Apply it, and wait until it is ready. An object that is already there is refused, unless taken over."""
        api = call.client.api
        if not call.client.upserts and api.get(call.inputs) is not None:
            raise ProviderError(
                f"{_shown(call.inputs)} already exists in the cluster; import it, or let the provider take it over "
                "(upsertExistingObjects)"
            )
        made = self._retried(call, lambda: self._apply(call))
        id = _id(made)
        call.created(id, _sealed(_outputs(made)))
        ready = self._ready(call, made, "successfully created, but the Kubernetes API server reported that it")
        return id, _sealed(_outputs(ready))

    def read(self, call: Call[Cluster]) -> Found | None:
        """Look it up; for an import by its id, `<namespace>/<name>` or `<name>`."""
        wanted = call.state if call.state.get("metadata") else _imported(call)
        found = call.client.api.get(wanted)
        if found is None:
            return None
        outputs = _outputs(found)
        inputs = drifted(call.inputs, call.state, outputs) if call.inputs else _authored(outputs)
        awaited = waits.readiness(inputs)
        problem = awaited[0](found) if awaited else ""
        return Found(id=_id(found), inputs=_sealed(inputs), outputs=_sealed(outputs), problem=problem)

    def update(self, call: Call[Cluster]) -> Properties:
        """Apply the new inputs, and wait until it is ready."""
        try:
            made = self._apply(call)
        except Unreachable as error:
            if not call.client.skips_unreachable:
                raise
            call.warn(f"{error}; the update is put off")
            return call.state
        call.created(call.id, _sealed(_outputs(made)))
        return _sealed(_outputs(self._ready(call, made, "updated, but the Kubernetes API server reported that it")))

    def delete(self, call: Call[Cluster]) -> None:
        """Delete it, and wait until it is gone."""
        wanted = call.state if call.state.get("metadata") else call.inputs
        propagation = waits.annotation(wanted, "deletionPropagationPolicy").capitalize() or self._propagation(wanted)
        try:
            if not call.client.api.delete(wanted, propagation):
                self._gone(call, wanted)
        except Unreachable as error:
            if not call.client.deletes_unreachable:
                raise ProviderError(f"{error}; to forget its objects, set deleteUnreachable on its provider") from error
            call.warn(f"{error}; {_shown(wanted)} counts as deleted")

    def _autonamed(self, call: Call[Cluster]) -> str:
        old = call.old_inputs.get("metadata") or {}
        if (old.get("annotations") or {}).get(_AUTONAMED) == "true":
            return old["name"]
        return f"{call.name}-{hashlib.sha256(call.seed).hexdigest()[:8]}"

    def _namespaced(self, call: Call[Cluster], inputs: Properties) -> bool:
        if not self.custom:
            return inputs["kind"] not in WITHOUT_NAMESPACE
        try:
            return call.client.api.kind(inputs["apiVersion"], inputs["kind"]).namespaced
        except ProviderError:
            return False  # not known before its CRD is there

    def _propagation(self, object: Mapping[str, Any]) -> str:
        """Whether what an object owns goes before it.

        pulumi-kubernetes has it so for every object; of kinds that own nothing, and of custom ones, which the garbage
        collector may take half a minute to hear of, that only costs time.
        """
        return "Foreground" if not self.custom and object.get("kind") in OWNERS else "Background"

    def _dry_run(self, call: Call[Cluster]) -> None:
        """Let the API server check it, where the server, the kind and the namespace are there already."""
        if has_unknown(call.inputs):
            return
        try:
            self._apply(call, dry_run=True)
        except (NoSuchKind, Unreachable):
            return
        except ApiError as error:
            if error.status in (400, 409, 422) and not (call.state and _replaced(error)):
                raise

    def _apply(self, call: Call[Cluster], dry_run: bool = False) -> Object:
        manager = waits.annotation(call.inputs, "patchFieldManager")
        manager = manager or f"pulumi-kubernetes-{hashlib.sha256(call.urn.encode()).hexdigest()[:8]}"
        force = call.client.forces or waits.annotation(call.inputs, "patchForce").lower() == "true"
        try:
            object = _respelled(call.inputs, "x_kubernetes_", "_", "-")
            return call.client.api.apply(object, manager, force=force, dry_run=dry_run)
        except ApiError as error:
            if error.reason == "Conflict":
                hint = "others manage these fields; annotation pulumi.com/patchForce: 'true' takes them over"
                raise ApiError(error.status, error.reason, f"{error}; {hint}") from error
            raise

    def _retried(self, call: Call[Cluster], attempt: Callable[[], T]) -> T:
        """Try again while the kind or the namespace isn't there, as things made side by side settle."""
        for retry in range(_CREATE_RETRIES):
            try:
                return attempt()
            except (NoSuchKind, ApiError) as error:
                if isinstance(error, ApiError) and error.status != 404:
                    raise
                call.say(f"retry {retry + 1}: {error}")
                call.client.api.forget(call.inputs["apiVersion"])
                call.pause(0.5 * 2**retry)
        return attempt()

    def _ready(self, call: Call[Cluster], made: Object, what: str) -> Object:
        awaited = waits.readiness(call.inputs)
        if awaited is None:
            return made
        ready, default = awaited
        last = made
        why = ""

        def look() -> Object | None:
            nonlocal last, why
            last = call.client.api.get(made) or last
            call.created(_id(last), _sealed(_outputs(last)))
            why = ready(last)
            if why:
                call.say(why)
            return None if why else last

        limit = waits.timeout(call.inputs, call.timeout, default)
        try:
            return call.wait(_shown(made), look, limit, limit=limit)
        except TimedOut as error:
            raise TimedOut(
                f"resource {_id(made)} was {what} failed to fully initialize or become live: "
                f"timed out waiting for the condition ({limit:g} s): {why}"
            ) from error

    def _gone(self, call: Call[Cluster], wanted: Object) -> None:
        uid = (wanted.get("metadata") or {}).get("uid")
        last: Object = {}

        def gone() -> bool:
            nonlocal last
            found = call.client.api.get(wanted)
            last = found or {}
            if found is None or (uid and found["metadata"]["uid"] != uid):
                return True
            call.say(f"waiting for it to be gone{_finalizers(found)}")
            return False

        default = 300.0 if wanted.get("kind") == "Namespace" else _DELETE_TIMEOUT
        limit = waits.timeout(wanted, call.timeout, default)
        try:
            call.wait(_shown(wanted), gone, limit, limit=limit)
        except TimedOut as error:
            held = _finalizers(last) or f": {waits.conditions(last) or 'it says nothing of why'}"
            raise TimedOut(f"{_shown(wanted)} is still there after {limit:g} s{held}") from error


def _mutable(call: Call[Cluster]) -> set[str]:
    """The kinds whose data may change in place: by the provider's settings, as long as they aren't marked immutable."""
    fixed = call.inputs.get("immutable") or call.old_inputs.get("immutable")
    return set() if fixed or not call.client else call.client.mutable


def _same_place(call: Call[Cluster]) -> bool:
    """Whether the new object would have the old one's name and namespace, so that the old one has to go first."""
    old, new = (_canonical(inputs).get("metadata") or {} for inputs in (call.old_inputs, call.inputs))
    autonamed = (new.get("annotations") or {}).get(_AUTONAMED) == "true"
    return not autonamed and (old.get("name"), old.get("namespace")) == (new.get("name"), new.get("namespace"))


def _canonical(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = inputs.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("namespace") == "default":
        return {**inputs, "metadata": {name: value for name, value in metadata.items() if name != "namespace"}}
    return inputs


def _known(inputs: Properties) -> Properties:
    """The inputs with an empty text for each annotation that is still unknown."""
    metadata = inputs.get("metadata") or {}
    annotations = metadata.get("annotations")
    if not isinstance(annotations, Mapping):
        return {**inputs, "metadata": {}}
    known = {name: "" if has_unknown(value) else value for name, value in annotations.items()}
    return {**inputs, "metadata": {"annotations": known}}


def _foretold(call: Call[Cluster]) -> Properties:
    outputs = {**dict.fromkeys(call.shape.outputs, UNKNOWN), **call.inputs}
    metadata = call.inputs.get("metadata")
    if isinstance(metadata, Mapping):
        outputs["metadata"] = {**dict.fromkeys(_SERVERS_OWN, UNKNOWN), **metadata}
    return outputs


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}
    return new


def _outputs(object: Object) -> Properties:
    """The state: the object without the record of who manages which field."""
    metadata = {name: value for name, value in object["metadata"].items() if name != "managedFields"}
    return _respelled({**object, "metadata": metadata}, "x-kubernetes-", "-", "_")


def _respelled(value: Any, prefix: str, old: str, new: str) -> Any:
    """The names that begin with a prefix, at any depth, with `new` for each `old` in them."""
    if isinstance(value, Mapping):
        return {
            (name.replace(old, new) if name.startswith(prefix) else name): _respelled(item, prefix, old, new)
            for name, item in value.items()
        }
    return [_respelled(item, prefix, old, new) for item in value] if isinstance(value, list) else value


def _sealed(properties: Properties) -> Properties:
    """A Secret's data is secret in the state, whoever wrote it."""
    if properties.get("kind") != "Secret" or properties.get("apiVersion") != "v1":
        return properties
    return {name: Secret(value) if name in ("data", "stringData") else value for name, value in properties.items()}


def _authored(outputs: Properties) -> Properties:
    """The inputs that an import stands for: the object without what the server sets."""
    metadata = {name: value for name, value in outputs["metadata"].items() if name not in _SERVERS_OWN}
    return {name: value for name, value in outputs.items() if name != "status"} | {"metadata": metadata}


def _imported(call: Call[Cluster]) -> Object:
    _, version, kind = call.type.split(":")
    namespace, _, name = call.id.rpartition("/")
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version.removeprefix("core/"), "kind": kind, "metadata": metadata}


def _id(object: Object) -> str:
    metadata = object["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]


def _shown(object: Mapping[str, Any]) -> str:
    metadata = object.get("metadata") or {}
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{object.get('kind')} {place}{metadata.get('name')}"


def _finalizers(object: Mapping[str, Any]) -> str:
    held = (object.get("metadata") or {}).get("finalizers") or (object.get("spec") or {}).get("finalizers")
    return f": it is held by {', '.join(held)}" if held else ""


def _replaced(error: ApiError) -> bool:
    return "immutable" in str(error)
