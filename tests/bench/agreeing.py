"""Plugins of AWS and Kubernetes that agree to everything and ask nobody, to measure the engine and the program by.

    python -m tests.bench.agreeing ENGINE

A resource's outputs are its inputs, and what the program reads of it. Dozens of regions with a control plane each
don't fit on one machine; a state that these plugins have made is as large as theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.plugins.protocol import without_sdk

if __name__ == "__main__":
    without_sdk()

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.plugins.provider.main import serve_plugin
from sandbox.plugins.provider.values import Properties, marshal, unmarshal

pb = provider_pb2

ACCOUNT = "123456789012"

FUNCTIONS: Mapping[str, Callable[[str, Properties], Properties]] = {
    "getAvailabilityZones": lambda region, _: {"names": [f"{region}{zone}" for zone in "abc"], "id": region},
    "getPartition": lambda *_: {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws"},
    "getCallerIdentity": lambda *_: {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/bench", "id": ACCOUNT},
    "getAddonVersion": lambda _, given: {"version": f"{given['addonName']}-for-{given['kubernetesVersion']}"},
    "getClusterVersions": lambda region, _: {
        "region": region,
        "clusterVersions": [
            {"clusterVersion": f"1.{minor}", "versionStatus": "STANDARD_SUPPORT"} for minor in range(33, 40)
        ],
    },
    "getLogGroups": lambda region, _: {"region": region, "logGroupNames": [], "arns": []},
    "getInstanceType": lambda *_: {
        "defaultVcpus": 2,
        "memorySize": 4096,
        "maximumNetworkInterfaces": 3,
        "maximumIpv4AddressesPerInterface": 6,
    },
    "getInstanceTypeOfferings": lambda _, given: {"instanceTypes": given["filters"][0]["values"]},
    "getServiceQuota": lambda *_: {"value": 1000.0},
    "getVpcs": lambda *_: {"ids": []},
    "getInstances": lambda *_: {"ids": []},
    "getVpcPeeringConnections": lambda *_: {"ids": []},
    "getEips": lambda *_: {"allocationIds": []},
}
"""The answers of an account with nothing in it, by the function's name: to the region and the arguments."""


def outputs(type_: str, name: str, region: str, inputs: Properties) -> Properties:
    """A resource's outputs: its inputs, and what the program reads beside them."""
    made: Properties = {"arn": f"arn:aws:bench:{region}:{ACCOUNT}:{name}", "name": name} | inputs
    match type_:
        case "aws:eks/cluster:Cluster":
            made |= {
                "arn": f"arn:aws:eks:{region}:{ACCOUNT}:cluster/{made['name']}",
                "endpoint": f"https://{name}.eks.invalid",
                "certificateAuthority": {"data": "Y2E="},
                "identities": [{"oidcs": [{"issuer": f"https://oidc.eks.invalid/id/{name}"}]}],
            }
            made["vpcConfig"] = {"clusterSecurityGroupId": f"{name}-sg", **(inputs.get("vpcConfig") or {})}
            made.setdefault("version", "1.37")
        case "aws:ec2/natGateway:NatGateway" | "aws:ec2/eip:Eip":
            made["publicIp"] = "192.0.2.1"
        case "aws:ec2/launchTemplate:LaunchTemplate":
            made["latestVersion"] = 1
        case "kubernetes:core/v1:Secret":
            made |= {"data": {"token": "c2VjcmV0", "ca.crt": "Y2E="}, "metadata": {**inputs["metadata"], "uid": name}}
        case "kubernetes:helm.sh/v3:Release":
            made["status"] = {"namespace": inputs.get("namespace")}
        case _:
            pass
    return made


class Agreeing(provider_pb2_grpc.ResourceProviderServicer):
    """A provider of one package."""

    region = ""

    def GetPluginInfo(self, request: empty_pb2.Empty, context: object) -> plugin_pb2.PluginInfo:
        """Any version: the engine takes it from the plugin's folder."""
        return plugin_pb2.PluginInfo()

    def CheckConfig(self, request: pb.CheckRequest, context: object) -> pb.CheckResponse:
        """Agree."""
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: pb.DiffRequest, context: object) -> pb.DiffResponse:
        """Agree."""
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)

    def Configure(self, request: pb.ConfigureRequest, context: object) -> pb.ConfigureResponse:
        """Take the region."""
        self.region = str(unmarshal(request.args).get("region") or "")
        return pb.ConfigureResponse(supportsPreview=True)

    def Check(self, request: pb.CheckRequest, context: object) -> pb.CheckResponse:
        """Agree."""
        return pb.CheckResponse(inputs=request.news)

    def Diff(self, request: pb.DiffRequest, context: object) -> pb.DiffResponse:
        """Compare the inputs as a whole."""
        same = request.old_inputs == request.news
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE if same else pb.DiffResponse.DIFF_SOME)

    def Create(self, request: pb.CreateRequest, context: object) -> pb.CreateResponse:
        """Return the outputs; of a preview the inputs alone."""
        if request.preview:
            return pb.CreateResponse(properties=request.properties)
        _, _, type_, name = request.urn.split("::")
        made = outputs(type_.split("$")[-1], name, self.region, unmarshal(request.properties))
        return pb.CreateResponse(id=name, properties=marshal(made))

    def Update(self, request: pb.UpdateRequest, context: object) -> pb.UpdateResponse:
        """Return the new inputs over what was there."""
        merged = struct_pb2.Struct()
        merged.CopyFrom(request.olds)
        merged.MergeFrom(request.news)
        return pb.UpdateResponse(properties=merged)

    def Read(self, request: pb.ReadRequest, context: object) -> pb.ReadResponse:
        """Return what is known already."""
        return pb.ReadResponse(id=request.id, inputs=request.inputs, properties=request.properties)

    def Delete(self, request: pb.DeleteRequest, context: object) -> empty_pb2.Empty:
        """Agree."""
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: object) -> empty_pb2.Empty:
        """Agree."""
        return empty_pb2.Empty()

    def Invoke(self, request: pb.InvokeRequest, context: object) -> pb.InvokeResponse:
        """Answer a function of AWS's."""
        response = pb.InvokeResponse()
        answer: Any = FUNCTIONS[request.tok.rpartition(":")[2]](self.region, unmarshal(request.args))
        getattr(response, "return").CopyFrom(marshal(answer))  # a keyword of Python's
        return response


if __name__ == "__main__":
    serve_plugin(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(Agreeing(), server))
