"""The engine's calls, by the SDK's own server for component providers, with arguments refused by name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi import ResourceOptions
from pulumi.errors import InputPropertiesError
from pulumi.provider.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.plugins.provider.check import Problem, problems
from sandbox.plugins.provider.main import MESSAGE_OPTIONS, engine_address, leave_on_signals
from sandbox.plugins.provider.sdk import Sdk
from sandbox.plugins.provider.values import Properties, unmarshal

CLUSTER = "eks:index:Cluster"
_KNOWN = {
    "authenticationMode",
    "bootstrapSelfManagedAddons",
    "clusterSecurityGroup",
    "clusterSecurityGroupTags",
    "clusterTags",
    "corednsAddonOptions",
    "createInstanceRole",
    "createOidcProvider",
    "deletionProtection",
    "enableConfigMapMutable",
    "enabledClusterLogTypes",
    "encryptionConfigKeyArn",
    "endpointPrivateAccess",
    "endpointPublicAccess",
    "ipFamily",
    "kubeProxyAddonOptions",
    "kubernetesServiceIpAddressRange",
    "name",
    "privateSubnetIds",
    "providerCredentialOpts",
    "publicAccessCidrs",
    "publicSubnetIds",
    "serviceRole",
    "skipDefaultNodeGroup",
    "skipDefaultSecurityGroups",
    "subnetIds",
    "tags",
    "upgradePolicy",
    "useDefaultVpcCni",
    "version",
    "vpcId",
}
"""The arguments that the stand-in has."""

_FIXED = {
    "authenticationMode": "API",
    "createInstanceRole": False,
    "createOidcProvider": False,
    "skipDefaultNodeGroup": True,
    "skipDefaultSecurityGroups": True,
    "useDefaultVpcCni": True,
}
"""Arguments with the one value that the stand-in has."""

_MAY_BE_ABSENT = {"createInstanceRole", "createOidcProvider"}


class Service(ProviderServicer):
    """The component provider: the SDK's, with strict arguments."""

    def __init__(self, engine: str) -> None:
        """Answer to the engine at an address."""
        self._sdk = Sdk("pulumi_eks")
        super().__init__(Components(self._sdk.version), [], engine)

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Any
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Components take secrets, resources and outputs as they are."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        """The provider has no settings."""
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        """Nothing to differ."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Cancel(self, request: empty_pb2.Empty, context: Any) -> empty_pb2.Empty:
        """Nothing here waits."""
        return empty_pb2.Empty()

    async def Construct(self, request: provider_pb2.ConstructRequest, context: Any) -> provider_pb2.ConstructResponse:
        """Refuse what the component does not have, then let it register its children."""
        found = list(self._problems(request.type, unmarshal(request.inputs)))
        if found:
            errors = [{"property_path": problem.path, "reason": problem.reason} for problem in found]
            message = f"{request.type} {request.name!r} has arguments that cannot be"
            error = InputPropertiesError(message, errors)  # pyright: ignore[reportArgumentType]
            status = self.create_grpc_invalid_properties_status(error.message, error.errors)
            await context.abort_with_status(status)
        for package in ("pulumi_aws", "pulumi_kubernetes"):
            import_module(package)  # so that references to its resources are read as such; slow, hence not above
        return await super().Construct(request, context)

    def _problems(self, token: str, inputs: Properties) -> Iterator[Problem]:
        shape = self._sdk.resource(token)
        if shape is None or token != CLUSTER:
            yield Problem("", f"resource type {token} is not in the sandbox's stand-in for eks")
            return
        yield from problems(inputs, shape.inputs)
        for name in sorted(name for name in shape.inputs if inputs.get(name) is not None and name not in _KNOWN):
            yield Problem(name, f"argument {name!r} is not in the sandbox's stand-in for eks")
        for name, value in _FIXED.items():
            given = inputs.get(name)
            if given != value and not (given is None and name in _MAY_BE_ABSENT):
                yield Problem(
                    name, f"argument {name!r} must be {value!r} in the sandbox's stand-in for eks, not {given!r}"
                )


class Components(Provider):
    """Makes the components."""

    def construct(
        self, name: str, resource_type: str, inputs: Any, options: ResourceOptions | None = None
    ) -> ConstructResult:
        """Make one; its arguments have been checked."""
        from sandbox.plugins.eks.cluster import Cluster

        cluster = Cluster(name, dict(inputs), options or ResourceOptions())
        return ConstructResult(cluster.urn, cluster.state)


def serve() -> None:
    """Serve the engine whose address is the first argument; never returns."""
    asyncio.run(_serve())


async def _serve() -> None:
    leave_on_signals()
    server = grpc.aio.server(options=MESSAGE_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Service(engine_address()), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()
