"""The Kubernetes provider: which tokens it knows, and its own settings."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.kubeconfig import load
from sandbox.plugins.kubernetes.object import KubernetesObject
from sandbox.plugins.kubernetes.release import Release
from sandbox.plugins.provider import Problem, Properties, Provider, ProviderError, Refused, Resource, Shape
from sandbox.plugins.provider.sdk import ANY, OpenProperties, Property
from sandbox.plugins.provider.values import UNKNOWN

_RELEASE = "kubernetes:helm.sh/v3:Release"
_REFUSED = ("alwaysRender", "kubeClientSettings", "renderYamlToDirectory")


class Kubernetes(Provider[Cluster]):
    """The provider of Kubernetes' own kinds, custom resources, and Helm releases."""

    def __init__(self) -> None:
        super().__init__("kubernetes", "pulumi_kubernetes", {}, configure=Cluster)
        self._objects = {custom: KubernetesObject(custom) for custom in (False, True)}
        self._release = Release()

    def resource(self, token: str) -> tuple[Resource[Cluster], Shape]:
        """The handler of a kind; lists, patches, and the SDK's components are refused by name."""
        shape = self.sdk.resource(token)
        if token == _RELEASE and shape:
            return self._release, shape
        if shape is None:
            return self._objects[True], self._custom(token)
        if token.endswith(("List", "Patch")) or {"apiVersion", "kind", "metadata"} - shape.inputs.keys():
            raise ProviderError(f"resource type {token} is not in the sandbox's stand-in for kubernetes")
        return self._objects[False], shape

    def check(self, settings: Properties) -> None:
        """Refuse settings that the stand-in could only ignore, and a kubeconfig that it cannot read."""
        problems = [
            Problem(name, f"setting {name!r} of the provider is not in the sandbox's stand-in for kubernetes")
            for name in _REFUSED
            if settings.get(name)
        ]
        if settings.get("enableServerSideApply") is False:
            problems.append(Problem("enableServerSideApply", "the sandbox's stand-in only has server-side apply"))
        kubeconfig = settings.get("kubeconfig")
        if isinstance(kubeconfig, str) and not problems:
            try:
                load(kubeconfig, settings.get("context", ""), settings.get("cluster", ""))
            except ProviderError as error:
                problems.append(Problem("kubeconfig", str(error)))
        if problems:
            raise Refused(*problems)

    def replaces(self, old: Properties, new: Properties) -> frozenset[str]:
        """Another cluster is another provider: by clusterIdentifier, else by the server, known or not."""
        if old.get("clusterIdentifier") or new.get("clusterIdentifier"):
            changed = old.get("clusterIdentifier") != new.get("clusterIdentifier")
            known = UNKNOWN not in (old.get("clusterIdentifier"), new.get("clusterIdentifier"))
            return frozenset({"clusterIdentifier"}) if changed and known else frozenset()
        if UNKNOWN in (old.get("kubeconfig"), new.get("kubeconfig")):
            return frozenset({"kubeconfig"})
        before, after = _server(old), _server(new)
        return frozenset({"kubeconfig"}) if before and after and before != after else frozenset()

    def _custom(self, token: str) -> Shape:
        """The shape of a custom kind: its metadata is known, the rest only to the cluster."""
        module = token.rpartition(":")[0]
        known = self.sdk.resource("kubernetes:core/v1:ConfigMap")
        if known is None or "/" not in module or any(name.rpartition(":")[0] == module for name in self.sdk.classes):
            raise ProviderError(f"unknown resource type {token}: {self.sdk.package} {self.version} has none such")
        names = ("apiVersion", "kind", "metadata")
        inputs: Mapping[str, Property] = OpenProperties(
            {name: Property(known.inputs[name].type, name != "metadata") for name in names}
        )
        return Shape(token, inputs, {name: Property(ANY, False) for name in (*names, "spec", "status")})


def _server(settings: Properties) -> str:
    """The server of a kubeconfig; empty if it can't be told."""
    kubeconfig = settings.get("kubeconfig")
    if not isinstance(kubeconfig, str):
        return ""
    try:
        return load(kubeconfig, settings.get("context", ""), settings.get("cluster", "")).server
    except ProviderError:
        return ""
