"""Kubernetes objects, of built-in kinds and of custom ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, TypeVar

from sandbox.plugins.kubernetes import waits
from sandbox.plugins.kubernetes.api import ApiError, NoSuchKind, Object, Unreachable
from sandbox.plugins.kubernetes.checkpoint import (
    INPUTS,
    authored,
    checkpoint,
    dashed,
    field_manager,
    foretold,
    sealed,
    underscored,
)
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.rules import WITHOUT_NAMESPACE, replaced_by
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
_CONFLICTS = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/"
    "#handle-field-conflicts-on-existing-resources"
)
_CREATE_RETRIES = 5
_DELETE_TIMEOUT = 600.0


class KubernetesObject(Resource[Cluster]):
    """An object of any kind: applied by the server, waited for, and deleted until it is gone."""

    def __init__(self, custom: bool) -> None:
        """`custom`: its kind is not one of Kubernetes' own, so that only the cluster knows it."""
        self.custom = custom

    def prepare(self, inputs: Properties) -> Properties:
        """The SDK writes a schema's `x-kubernetes-…` with underscores, as its names must be."""
        return underscored(inputs)

    def check(self, call: Call[Cluster]) -> Properties:
        """Give it a name if the program gives none, and the provider's namespace."""
        inputs = dashed(deepcopy(call.inputs))
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
        """Compare inputs; a namespace that is none, or not known yet, is the default one, as in the official plugin."""
        old, new = (self._canonical(call, inputs) for inputs in (call.old_inputs, call.inputs))
        changed = differ.changes(old, new)
        kind = f"{call.inputs.get('apiVersion')}/{call.inputs.get('kind')}"
        fixed = replaced_by(kind, mutable=call.inputs.get("kind") in _mutable(call))
        replaces = differ.replacing(changed, ("kind", "metadata.name", "metadata.namespace", *fixed))
        return Diff(changes=changed, replaces=replaces, delete_before_replace=_same_place(old, new))

    def preview(self, call: Call[Cluster]) -> Properties:
        """Ask the API server by a dry run where that is possible; what it would set itself stays unknown."""
        self._dry_run(call)
        if call.state:
            return sealed(_merged({**call.state, INPUTS: Secret(call.inputs)}, call.inputs))
        return foretold(call.shape.outputs, call.inputs)

    def create(self, call: Call[Cluster]) -> tuple[str, Properties]:
        """Apply it, and wait until it is ready. An object that is already there is refused, unless taken over."""
        api = call.client.api
        if not call.client.upserts and api.get(call.inputs) is not None:
            raise ProviderError(
                f"{_shown(call.inputs)} already exists in the cluster; import it, or let the provider take it over "
                "(upsertExistingObjects)"
            )
        manager = field_manager(call.inputs, {})
        made = self._retried(call, lambda: self._apply(call, manager))
        id = _id(made)
        call.created(id, checkpoint(call.inputs, made, manager))
        what = "successfully created, but the Kubernetes API server reported that it"
        return id, checkpoint(call.inputs, self._ready(call, made, manager, what), manager)

    def read(self, call: Call[Cluster]) -> Found | None:
        """Look it up; for an import by its id, `<namespace>/<name>` or `<name>`."""
        wanted = call.state if call.state.get("metadata") else _imported(call)
        found = call.client.api.get(wanted)
        if found is None:
            return None
        inputs = drifted(call.inputs, call.state, found) if call.inputs else authored(found)
        outputs = checkpoint(inputs, found, field_manager(inputs, call.state))
        awaited = waits.readiness(inputs)
        problem = awaited[0](found) if awaited else ""
        return Found(id=_id(found), inputs=sealed(inputs), outputs=outputs, problem=problem)

    def update(self, call: Call[Cluster]) -> Properties:
        """Apply the new inputs, and wait until it is ready."""
        manager, before = field_manager(call.inputs, call.state), field_manager(call.old_inputs, call.state)
        try:
            made = self._apply(call, manager)
        except Unreachable as error:
            if not call.client.skips_unreachable:
                raise
            call.warn(f"{error}; the update is put off")
            return call.state
        call.created(call.id, checkpoint(call.inputs, made, manager))
        ready = self._ready(call, made, manager, "updated, but the Kubernetes API server reported that it")
        if manager != before:
            ready = call.client.api.apply(_identity(ready), before)  # which gives up all that the manager had
        return checkpoint(call.inputs, ready, manager)

    def delete(self, call: Call[Cluster]) -> None:
        """Delete it, and wait until it is gone."""
        wanted = call.state if call.state.get("metadata") else call.inputs
        propagation = waits.annotation(wanted, "deletionPropagationPolicy").capitalize() or "Foreground"
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

    def _canonical(self, call: Call[Cluster], inputs: Properties) -> Properties:
        """The inputs without a namespace if that is `default`, or unknown."""
        metadata = inputs.get("metadata")
        if not isinstance(metadata, Mapping) or metadata.get("namespace") not in ("default", UNKNOWN):
            return inputs
        return {**inputs, "metadata": {name: value for name, value in metadata.items() if name != "namespace"}}

    def _dry_run(self, call: Call[Cluster]) -> None:
        """Let the API server check it, where the server, the kind and the namespace are there already."""
        if has_unknown(call.inputs):
            return
        try:
            self._apply(call, field_manager(call.inputs, call.state), dry_run=True)
        except (NoSuchKind, Unreachable):
            return
        except ApiError as error:
            if error.status in (400, 409, 422) and not (call.state and _replaced(error)):
                raise

    def _apply(self, call: Call[Cluster], manager: str, dry_run: bool = False) -> Object:
        # Before an object is in the state, a conflict of a dry run would be that of an object to be replaced.
        force = call.client.forces or (dry_run and not call.state)
        force = force or waits.annotation(call.inputs, "patchForce").lower() == "true"
        try:
            return call.client.api.apply(call.inputs, manager, force=force, dry_run=dry_run)
        except ApiError as error:
            if error.reason == "Conflict":
                message = (
                    f"server-side apply field conflict detected. See {_CONFLICTS} for troubleshooting help. "
                    f'The resource managed by field manager "{manager}" had an apply conflict: {error}'
                )
                raise ApiError(error.status, error.reason, message) from error
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

    def _ready(self, call: Call[Cluster], made: Object, manager: str, what: str) -> Object:
        awaited = waits.readiness(call.inputs)
        if awaited is None:
            return made
        ready, default = awaited
        last = made
        why = ""

        def look() -> Object | None:
            nonlocal last, why
            last = call.client.api.get(made) or last
            call.created(_id(last), checkpoint(call.inputs, last, manager))
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
            reason = _finalizers(last) or f": {waits.conditions(last) or 'it says nothing of why'}"
            raise TimedOut(f"{_shown(wanted)} is still there after {limit:g} s{reason}") from error


def _mutable(call: Call[Cluster]) -> set[str]:
    """The kinds whose data may change in place: by the provider's settings, as long as they aren't marked immutable."""
    fixed = call.inputs.get("immutable") or call.old_inputs.get("immutable")
    return set() if fixed or not call.client else call.client.mutable


def _same_place(old: Properties, new: Properties) -> bool:
    """Whether the new object would have the old one's name and namespace, so that the old one has to go first."""
    before, after = (inputs.get("metadata") or {} for inputs in (old, new))
    if UNKNOWN in (before, after):
        return False
    autonamed = (after.get("annotations") or {}).get(_AUTONAMED) == "true"
    return not autonamed and (before.get("name"), before.get("namespace")) == (
        after.get("name"),
        after.get("namespace"),
    )


def _known(inputs: Properties) -> Properties:
    """The inputs with an empty text for each annotation that is still unknown."""
    metadata = inputs.get("metadata") or {}
    annotations = metadata.get("annotations")
    if not isinstance(annotations, Mapping):
        return {**inputs, "metadata": {}}
    known = {name: "" if has_unknown(value) else value for name, value in annotations.items()}
    return {**inputs, "metadata": {"annotations": known}}


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}
    return new


def _imported(call: Call[Cluster]) -> Object:
    _, version, kind = call.type.split(":")
    namespace, _, name = call.id.rpartition("/")
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version.removeprefix("core/"), "kind": kind, "metadata": metadata}


def _identity(object: Object) -> Object:
    """Return an object's kind and name, without its contents."""
    metadata = {name: object["metadata"][name] for name in ("name", "namespace") if object["metadata"].get(name)}
    return {"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": metadata}


def _id(object: Object) -> str:
    metadata = object["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]


def _shown(object: Mapping[str, Any]) -> str:
    metadata = object.get("metadata") or {}
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{object.get('kind')} {place}{metadata.get('name')}"


def _finalizers(object: Mapping[str, Any]) -> str:
    finalizers = (object.get("metadata") or {}).get("finalizers") or (object.get("spec") or {}).get("finalizers")
    return f": it is held by {', '.join(finalizers)}" if finalizers else ""


def _replaced(error: ApiError) -> bool:
    return "immutable" in str(error)
