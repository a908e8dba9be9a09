"""aws:ec2/launchTemplate:LaunchTemplate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.aws import tags
from sandbox.plugins.aws.ec2 import Ec2Resource, tags_of
from sandbox.plugins.aws.names import Names
from sandbox.plugins.aws.resource import Api, found, only
from sandbox.plugins.aws.tags import specification
from sandbox.plugins.provider.resource import Call
from sandbox.plugins.provider.sdk import Property
from sandbox.plugins.provider.values import UNKNOWN, Properties

_GONE = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException")

DATA = {
    "blockDeviceMappings": "BlockDeviceMappings",
    "cpuOptions": "CpuOptions",
    "creditSpecification": "CreditSpecification",
    "disableApiStop": "DisableApiStop",
    "disableApiTermination": "DisableApiTermination",
    "ebsOptimized": "EbsOptimized",
    "enclaveOptions": "EnclaveOptions",
    "hibernationOptions": "HibernationOptions",
    "iamInstanceProfile": "IamInstanceProfile",
    "imageId": "ImageId",
    "instanceInitiatedShutdownBehavior": "InstanceInitiatedShutdownBehavior",
    "instanceType": "InstanceType",
    "kernelId": "KernelId",
    "keyName": "KeyName",
    "maintenanceOptions": "MaintenanceOptions",
    "metadataOptions": "MetadataOptions",
    "monitoring": "Monitoring",
    "networkInterfaces": "NetworkInterfaces",
    "placement": "Placement",
    "privateDnsNameOptions": "PrivateDnsNameOptions",
    "ramDiskId": "RamDiskId",
    "securityGroupNames": "SecurityGroups",
    "tagSpecifications": "TagSpecifications",
    "userData": "UserData",
    "vpcSecurityGroupIds": "SecurityGroupIds",
}
"""Inputs that are data of a version, by AWS's names. Inputs that are in none of these tables are not implemented."""

_INNER = {
    "securityGroups": "Groups",
    "enableResourceNameDnsAaaaRecord": "EnableResourceNameDnsAAAARecord",
    "httpProtocolIpv6": "HttpProtocolIpv6",
}
"""Names inside that are not the same but for their first letter."""

_FLAGS = ("associatePublicIpAddress", "deleteOnTermination", "ebsOptimized", "encrypted")
"""Inputs that are "true" or "false" as text, because they may also be unset."""

_METADATA = (
    "httpEndpoint",
    "httpProtocolIpv6",
    "httpPutResponseHopLimit",
    "httpTokens",
    "instanceMetadataTags",
)
_INNER_BACK = {key: name for name, key in _INNER.items()}
_NETWORK_INTERFACE = (
    "associatePublicIpAddress",
    "deleteOnTermination",
    "description",
    "deviceIndex",
    "interfaceType",
    "networkCardIndex",
    "networkInterfaceId",
    "privateIpAddress",
    "securityGroups",
    "subnetId",
)


class LaunchTemplate(Ec2Resource):
    """A launch template; each change of its data is a new version."""

    kind = "aws:ec2/launchTemplate:LaunchTemplate"
    knows = ("name", "description", "defaultVersion", *DATA)
    knows_nested = {"networkInterfaces": _NETWORK_INTERFACE}
    unread = ("updateDefaultVersion",)
    always_changes = True
    named = "name"
    names = Names(shortest=3, longest=125, pattern=r"[0-9a-zA-Z()./_\-]+", prefix=99)
    replace_on = ("name",)
    unordered = ("vpcSecurityGroupIds", "securityGroupNames", "tagSpecifications")
    owned = ("userData", "vpcSecurityGroupIds", "description")
    computed = (
        "defaultVersion",
        *(f"blockDeviceMappings.ebs.{name}" for name in ("iops", "throughput", "volumeSize", "volumeType")),
        "metadataOptions",
        *(f"metadataOptions.{name}" for name in _METADATA),
    )

    def preview(self, call: Call[Any]) -> Properties:
        """Foretell a new version for any change, tags among them: the official provider looks no closer beforehand.

        A changed description alone is one, and is not foretold (internal/service/ec2/ec2_launch_template.go).
        """
        outputs = super().preview(call)
        changed = self._paths(call) - {"name", "namePrefix", "description"} if call.state else set[str]()
        if changed and call.inputs.get("updateDefaultVersion"):
            outputs["defaultVersion"] = UNKNOWN
        if changed - {"defaultVersion", "updateDefaultVersion"}:
            outputs["latestVersion"] = UNKNOWN
        return outputs

    def make(self, api: Api) -> str:
        """Create it with its first version."""
        made = api.retry(
            lambda: api.ec2(
                "CreateLaunchTemplate",
                LaunchTemplateName=api.get("name"),
                VersionDescription=api.get("description"),
                LaunchTemplateData=to_aws(api),
                TagSpecifications=specification("launch-template", api.tags),
            ),
            ["InvalidParameterValue"],
            timeout=60,
            says=["Invalid IAM Instance Profile"],
        )
        return api.created(made["LaunchTemplate"]["LaunchTemplateId"])

    def describe(self, api: Api, known: Properties) -> Properties | None:
        """The template, and the data of its latest version."""
        template = _template(api)
        if template is None:
            return None
        number = template["LatestVersionNumber"]
        answer = api.ec2("DescribeLaunchTemplateVersions", LaunchTemplateId=api.id, Versions=[str(number)])
        version = answer["LaunchTemplateVersions"][0]
        return {
            "arn": api.arn("ec2", f"launch-template/{api.id}"),
            "defaultVersion": template["DefaultVersionNumber"],
            "description": version.get("VersionDescription", ""),
            "latestVersion": number,
            "name": template["LaunchTemplateName"],
            **from_aws(version["LaunchTemplateData"], api.call.shape.outputs),
            "tagsAll": tags_of(template),
        }

    def change(self, api: Api, changed: frozenset[str]) -> None:
        """Make a new version, and say which is the default."""
        latest = api.state.get("latestVersion")
        if changed & {*DATA, "description"}:
            made = api.ec2(
                "CreateLaunchTemplateVersion",
                LaunchTemplateId=api.id,
                VersionDescription=api.get("description"),
                LaunchTemplateData=to_aws(api),
            )
            latest = made["LaunchTemplateVersion"]["VersionNumber"]
        if api.get("updateDefaultVersion"):
            api.ec2("ModifyLaunchTemplate", LaunchTemplateId=api.id, DefaultVersion=str(latest))
        elif "defaultVersion" in changed:
            api.ec2("ModifyLaunchTemplate", LaunchTemplateId=api.id, DefaultVersion=str(api.get("defaultVersion")))

    def remove(self, api: Api) -> None:
        """Delete it with all its versions."""
        found(lambda: api.ec2("DeleteLaunchTemplate", LaunchTemplateId=api.id), *_GONE)

    def _paths(self, call: Call[Any]) -> frozenset[str]:
        return frozenset(path.split(".")[0].split("[")[0] for path in self._changes(call))


def _template(api: Api) -> dict[str, Any] | None:
    answer = found(lambda: api.ec2("DescribeLaunchTemplates", LaunchTemplateIds=[api.id]), *_GONE)
    return only(answer["LaunchTemplates"]) if answer else None


def to_aws(api: Api) -> dict[str, Any]:
    """The inputs as AWS's LaunchTemplateData."""
    return {key: _to_aws(api.inputs[name], name) for name, key in DATA.items() if api.inputs.get(name) is not None}


def _to_aws(value: Any, name: str) -> Any:
    if name == "tags":
        return tags.to_list(value)
    if isinstance(value, Mapping):
        return {
            _INNER.get(key, key[0].upper() + key[1:]): _to_aws(item, key)
            for key, item in value.items()
            if item is not None and item != ""
        }
    if isinstance(value, list):
        return [_to_aws(item, "") for item in value]
    return value == "true" if name in _FLAGS else value


def from_aws(data: Mapping[str, Any], shape: Mapping[str, Property]) -> Properties:
    """LaunchTemplateData as outputs; what AWS doesn't have is left out."""
    outputs = {name: _from_aws(data[key], shape[name]) for name, key in DATA.items() if key in data}
    if specifications := outputs.pop("tagSpecifications", None):
        # A template's own tags are not for what it launches; moto keeps them among these all the same.
        kept = [
            specification for specification in specifications if specification.get("resourceType") != "launch-template"
        ]
        outputs |= {"tagSpecifications": kept} if kept else {}
    return outputs


def _lowered(key: str) -> str:
    return key[0].lower() + key[1:]


def _from_aws(value: Any, prop: Property) -> Any:
    kind = prop.type
    if kind.kind == "object" and isinstance(value, Mapping) and kind.properties_of:
        inner = kind.properties_of.properties
        named: dict[str, Any] = {_INNER_BACK.get(str(key), _lowered(str(key))): item for key, item in value.items()}
        return {name: _from_aws(item, inner[name]) for name, item in named.items() if name in inner}
    if kind.kind == "list" and kind.item and isinstance(value, list):
        return [_from_aws(item, Property(kind.item, True)) for item in value]
    if kind.kind == "map" and isinstance(value, list):
        return tags.from_list(value)
    if kind.kind == "string" and isinstance(value, bool):
        return "true" if value else "false"
    return value
