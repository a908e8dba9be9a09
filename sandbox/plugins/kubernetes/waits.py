"""The readiness of objects, and the reason against it, by pulumi-kubernetes' rules (its provider/pkg/await)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.plugins.provider import ProviderError

Object = Mapping[str, Any]
Ready = Callable[[Object], str]
"""Why an object is not ready; empty once it is."""

_PATH = re.compile(
    r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']+)'\]|\[\?\(@\.([A-Za-z0-9_-]+)\s*==\s*[\"']([^\"']*)[\"']\)\]"
)


ANNOTATIONS = frozenset(
    {
        "autonamed",
        "deletionPropagationPolicy",
        "patchFieldManager",
        "patchForce",
        "skipAwait",
        "timeoutSeconds",
        "waitFor",
    }
)
"""The annotations `pulumi.com/<name>` that the stand-in has; pulumi-kubernetes also has replaceUnready."""


def annotation(object: Object, name: str) -> str:
    """The value of an annotation `pulumi.com/<name>`; empty without one."""
    metadata = object.get("metadata") or {}
    return (metadata.get("annotations") or {}).get(f"pulumi.com/{name}", "")


def readiness(inputs: Object) -> tuple[Ready, float] | None:
    """Return what to wait for after an object was applied, and the default timeout in seconds; None: no wait."""
    if annotation(inputs, "skipAwait").lower() == "true":
        return None
    if expression := annotation(inputs, "waitFor"):
        return _all([_parsed(part) for part in _expressions(expression)]), 600
    kind = f"{inputs['apiVersion']}/{inputs['kind']}"
    return _KINDS.get(kind)


def timeout(inputs: Object, custom: float, default: float) -> float:
    """Seconds: of customTimeouts, else of the annotation pulumi.com/timeoutSeconds, else the default."""
    if custom:
        return custom
    annotated = annotation(inputs, "timeoutSeconds")
    return float(annotated) if annotated.isdigit() and int(annotated) else default


def conditions(object: Object) -> str:
    """An object's conditions with their reasons and messages, in one line."""
    shown: list[str] = []
    for condition in (object.get("status") or {}).get("conditions") or ():
        why = ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)
        shown.append(f"{condition.get('type')}={condition.get('status')}" + (f" ({why})" if why else ""))
    return ", ".join(shown)


def condition(expression: str) -> Ready:
    """Wait for a condition: `Ready`, or `Ready=False`."""
    kind, _, wanted = expression.partition("=")
    wanted = wanted or "True"

    def ready(object: Object) -> str:
        status = object.get("status") or {}
        for found in status.get("conditions") or ():
            if str(found.get("type", "")).lower() == kind.lower():
                observed = found.get("observedGeneration", status.get("observedGeneration"))
                generation = (object.get("metadata") or {}).get("generation")
                if observed is not None and generation is not None and observed < generation:
                    return f"its controller has not seen generation {generation}"
                matches = str(found.get("status", "")).lower() == wanted.lower()
                return "" if matches else f"{kind} is not {wanted}: {conditions(object)}"
        return f"it has no condition {kind}" + (f": {conditions(object)}" if conditions(object) else "")

    return ready


def jsonpath(expression: str) -> Ready:
    """Wait for a field: `{.status.phase}`, or `{.status.phase}=Running`."""
    match = re.fullmatch(r"\{(?P<path>.*?)\}(?:=(?P<wanted>.*))?", expression)
    steps = list(_PATH.finditer(match["path"])) if match else []
    if match is None or "".join(step[0] for step in steps) != match["path"] or not steps:
        raise ProviderError(
            f"annotation pulumi.com/waitFor: 'jsonpath={expression}' is no path of the stand-in's; "
            'it knows {.a.b[0].c}, {.a[?(@.type=="Ready")].status}, with =<value> behind it'
        )
    wanted = match["wanted"]

    def ready(object: Object) -> str:
        value: Any = object
        for step in steps:
            value = _step(value, step)
        if value is None:
            return f"it has no {match['path']}"
        return "" if wanted is None or _text(value) == wanted else f"{match['path']} is {_text(value)}, not {wanted}"

    return ready


def _step(value: Any, step: re.Match[str]) -> Any:
    name, index, quoted, key, wanted = step.groups()
    if index is not None:
        return value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    if key is not None:
        items = value if isinstance(value, list) else []
        return next((item for item in items if _text(item.get(key)) == wanted), None)
    return value.get(name or quoted) if isinstance(value, Mapping) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _expressions(value: str) -> list[str]:
    try:
        listed = json.loads(value)
    except ValueError:
        return [value]
    return listed if isinstance(listed, list) else [value]


def _parsed(expression: str) -> Ready:
    kind, _, rest = expression.partition("=")
    if kind == "condition" and rest:
        return condition(rest)
    if kind == "jsonpath" and rest:
        return jsonpath(rest)
    raise ProviderError(f"annotation pulumi.com/waitFor: {expression!r} must begin with 'condition=' or 'jsonpath='")


def _all(parts: list[Ready]) -> Ready:
    return lambda object: "; ".join(why for part in parts if (why := part(object)))


def _token(object: Object) -> str:
    if object.get("type") != "kubernetes.io/service-account-token" or object.get("data"):
        return ""
    return "no controller has filled in its token; does its service account exist?"


def _rolled_out(ready: str, updated: str) -> Ready:
    def check(object: Object) -> str:
        spec, status = object.get("spec") or {}, object.get("status") or {}
        wanted = status.get("desiredNumberScheduled", spec.get("replicas", 1))
        if status.get("observedGeneration", 0) < object["metadata"].get("generation", 0):
            return "its controller has not seen it yet"
        have = min(status.get(ready, 0), status.get(updated, 0) or 0)
        if have >= wanted and status.get("replicas", wanted) <= wanted:
            return ""
        return f"{have} of {wanted} pods are ready" + (f": {conditions(object)}" if conditions(object) else "")

    return check


def _job(object: Object) -> str:
    for found in (object.get("status") or {}).get("conditions") or ():
        if found.get("status") == "True" and found.get("type") == "Complete":
            return ""
        if found.get("status") == "True" and found.get("type") == "Failed":
            raise ProviderError(f"the job failed: {found.get('reason')}: {found.get('message')}")
    return "it has not completed"


def _phase(*wanted: str) -> Ready:
    return lambda object: (
        "" if (phase := (object.get("status") or {}).get("phase")) in wanted else f"its phase is {phase or 'unknown'}"
    )


def _balanced(object: Object) -> str:
    if (object.get("spec") or {}).get("type") != "LoadBalancer":
        return ""
    return (
        "" if ((object.get("status") or {}).get("loadBalancer") or {}).get("ingress") else "it has no load balancer yet"
    )


_KINDS: Mapping[str, tuple[Ready, float]] = {
    "v1/Secret": (_token, 5),
    "v1/Pod": (condition("Ready"), 600),
    "v1/PersistentVolumeClaim": (_phase("Bound", "Pending"), 300),
    "v1/PersistentVolume": (_phase("Available", "Bound"), 300),
    "v1/Service": (_balanced, 600),
    "apps/v1/Deployment": (_rolled_out("availableReplicas", "updatedReplicas"), 600),
    "apps/v1/StatefulSet": (_rolled_out("readyReplicas", "updatedReplicas"), 600),
    "apps/v1/DaemonSet": (_rolled_out("numberAvailable", "updatedNumberScheduled"), 600),
    "batch/v1/Job": (_job, 600),
}
"""The readiness by apiVersion and kind, with pulumi-kubernetes' default timeout.

A claim whose class waits for its first consumer stays Pending. A CRD is not waited for, so its status is as at its
creation; an object of it is tried again while the kind isn't there.
"""
