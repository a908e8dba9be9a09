"""Pulumi's own settings of AWS: handed on to every provider, or refused."""

import inspect
import json
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi.runtime import rpc

import settings
from settings import Settings, SettingsError
from settings.provider import REFUSED, Provider
from tests.unit.engine import Engine, run_program

pytestmark = pytest.mark.unit

ROLE = "arn:aws:iam::123456789012:role/Deploy"
TWO = {"clusters": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]}

EVERY: dict[str, Any] = {
    "allowedAccountIds": ["123456789012"],
    "assumeRoles": [{"roleArn": ROLE, "sessionName": "pulumi", "duration": "1h"}],
    "customCaBundle": "/etc/ca.pem",
    "ec2MetadataServiceEndpoint": "http://169.254.169.254",
    "ec2MetadataServiceEndpointMode": "IPv4",
    "endpoints": [{"ec2": "https://ec2.example.org"}],
    "forbiddenAccountIds": ["210987654321"],
    "httpProxy": "http://proxy:3128",
    "httpsProxy": "http://proxy:3128",
    "ignoreTags": {"keys": ["cost"], "keyPrefixes": ["aws-backup"]},
    "insecure": True,
    "maxRetries": 7,
    "noProxy": "localhost",
    "profile": "fleet",
    "retryMode": "adaptive",
    "s3UsEast1RegionalEndpoint": "regional",
    "s3UsePathStyle": True,
    "sharedConfigFiles": ["/etc/aws/config"],
    "sharedCredentialsFiles": ["/etc/aws/credentials"],
    "skipCredentialsValidation": True,
    "skipMetadataApiCheck": True,
    "skipRegionValidation": False,
    "skipRequestingAccountId": False,
    "stsRegion": "eu-west-1",
    "tagPolicyCompliance": "warning",
    "tokenBucketRateLimiterCapacity": 100,
    "useDualstackEndpoint": True,
    "useFipsEndpoint": True,
    "userAgents": ["fleet/1"],
}
"""A value of each setting that is handed on."""

TOGETHER = "allowedAccountIds", "forbiddenAccountIds"
"""The provider takes one of them only."""


def texts(values: dict[str, Any], namespace: str) -> dict[str, str]:
    return {f"{namespace}:{key}": v if isinstance(v, str) else json.dumps(v) for key, v in values.items()}


def parse(**values: Any) -> Settings:
    return settings.parse(texts(TWO, "federated-eks") | texts(values, "aws"))


def providers(**values: Any) -> list[dict[str, Any]]:
    """The inputs of each region's provider, without those that every fleet's has."""
    program = run_program({**TWO, **{f"aws:{key}": value for key, value in values.items()}})
    plain = {"region", "defaultTags", *({"skipCredentialsValidation", "skipRegionValidation"} - values.keys())}
    return [
        {key: _read(value) for key, value in provider.inputs.items() if key not in plain}
        for provider in program["pulumi:providers:aws"].values()
    ]


def _read(value: Any) -> Any:
    """An input as a provider reads it: Pulumi's SDK sends it as JSON, but for texts."""
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value


def test_every_setting_of_the_sdk_is_handed_on_or_refused() -> None:
    known = {_camel(name) for name in inspect.signature(aws.ProviderArgs.__init__).parameters if name[0] != "_"}
    assert {*EVERY, *REFUSED, "region"} == known
    assert {field.alias for field in Provider.model_fields.values()} == {*EVERY, "region"}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


@pytest.mark.parametrize("key", EVERY)
def test_a_setting_reaches_the_provider_of_every_region(key: str) -> None:
    assert providers(**{key: EVERY[key]}) == [{key: EVERY[key]}] * 2


def test_without_such_settings_a_provider_has_the_inputs_that_it_always_had() -> None:
    program = run_program(TWO)
    for provider in program["pulumi:providers:aws"].values():
        assert {*provider.inputs} == {"region", "defaultTags", "skipCredentialsValidation", "skipRegionValidation"}


def test_a_region_counts_for_nothing_because_every_cluster_names_its_own() -> None:
    assert providers(region="us-east-1") == [{}, {}]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"profil": "a"}, r"^aws:profil: is not a setting; did you mean profile\?$"),
        ({"allowedAccountsIds": ["1"]}, r"^aws:allowedAccountsIds: .*; did you mean allowedAccountIds\?$"),
        ({"colour": "a"}, r"^aws:colour: is not a setting; the known keys there are allowedAccountIds, "),
        ({"profile": ""}, r"^aws:profile: \"\" has nothing in it; set it, or leave the key out$"),
        ({"allowedAccountIds": "123456789012"}, r"^aws:allowedAccountIds: 123456789012 is not a list; write a list"),
        ({"allowedAccountIds": ["1"]}, r"^aws:allowedAccountIds\[0\]: 1 is not an account.*12 digits"),
        ({"allowedAccountIds": [12345678901]}, r"Ids\[0\]: 12345678901 is not an account.*12 digits, in quotes"),
        ({"allowedAccountIds": [True]}, r"^aws:allowedAccountIds\[0\]: true is not an account"),
        ({key: ["123456789012"] for key in TOGETHER}, r"^aws:allowedAccountIds and forbiddenAccountIds are both set; "),
        ({"maxRetries": "many"}, r"^aws:maxRetries: many is not a whole number; set 0 or more$"),
        ({"insecure": "maybe"}, r"^aws:insecure: maybe is neither true nor false; set one of them$"),
        ({"assumeRoles": [{"roleArn": "Deploy"}]}, r"^aws:assumeRoles\[0\].roleArn: Deploy is no IAM role's ARN; "),
        ({"assumeRoles": [{"roleArn": ROLE}, {"roleArn": ROLE}]}, r"^aws:assumeRoles: .* a profile .*aws:profile"),
        ({"assumeRoles": [{"roleArn": ROLE, "externalId": "x"}]}, r"^aws:assumeRoles\[0\].externalId: .*aws:profile"),
        ({"assumeRoles": [{"roleArn": ROLE, "tags": {}}]}, r"^aws:assumeRoles\[0\].tags: .*aws:profile"),
        ({"sharedConfigFiles": ["a", "b"]}, r"^aws:sharedConfigFiles: .* one file"),
        ({"assumeRoleWithWebIdentity": {"roleArn": ROLE}}, r"^aws:assumeRoleWithWebIdentity: .*AWS_ROLE_ARN"),
        ({"defaultTags": {"tags": {"a": "b"}}}, r"^aws:defaultTags: .*; set federated-eks:tags"),
        (
            {"skipRequestingAccountId": True, "allowedAccountIds": ["123456789012"]},
            r"^aws:skipRequestingAccountId: true ",
        ),
        ({"ignoreTags": {"keys": ["fleet"]}}, r"^aws:ignoreTags.keys: fleet is a tag that the fleet sets"),
        ({"ignoreTags": {"keyPrefixes": ["sta"]}}, r"^aws:ignoreTags.keyPrefixes: sta begins stack, a tag that the fl"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_honoured_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        parse(**values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["accessKey", "secretKey", "token"])
def test_a_static_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"^aws:{key}: is a static key, .*; .*pulumi config rm aws:{key}$"
    ) as caught:
        parse(**{key: "AKIAIOSFODNN7EXAMPLE"})
    assert "AKIA" not in str(caught.value)


def test_an_account_s_number_without_quotes_is_that_account() -> None:
    assert providers(allowedAccountIds=[123456789012]) == [{"allowedAccountIds": ["123456789012"]}] * 2


def test_mistakes_in_both_kinds_of_settings_are_told_together() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse({"federated-eks:clusters": "[]", "federated-eks:nod": "1", "aws:profil": "a"})
    assert [text.partition(":")[0] for text in str(caught.value).splitlines()] == ["federated-eks", "aws"]


# The Kubernetes API is signed in to as AWS is.


def command(program: Engine, name: str) -> dict[str, Any]:
    """How the Kubernetes provider of a cluster signs in."""
    kubeconfig = program["pulumi:providers:kubernetes"][f"{name}-kubernetes"].inputs["kubeconfig"]
    return json.loads(rpc.unwrap_rpc_secret(kubeconfig))["users"][0]["user"]["exec"]


def test_a_cluster_is_called_by_the_profile_and_the_role_of_the_providers() -> None:
    program = run_program(
        {**TWO, "aws:profile": "fleet", "aws:assumeRoles": [{"roleArn": ROLE}], "aws:sharedConfigFiles": ["/c"]}
    )
    for name in ("federated-eks-1", "federated-eks-2"):
        assert command(program, name)["args"] == [name, "--profile", "fleet", "--role-arn", ROLE]
        assert command(program, name)["env"] == [{"name": "AWS_CONFIG_FILE", "value": "/c"}]


def test_a_kubeconfig_for_others_has_nobody_s_profile() -> None:
    plain, program = run_program(TWO), run_program({**TWO, "aws:profile": "fleet"})
    assert program.outputs["kubeconfig"] == plain.outputs["kubeconfig"]
    assert program.outputs["clusters"] == plain.outputs["clusters"]


def test_the_outputs_say_how_the_stack_signs_in() -> None:
    program = run_program({**TWO, "aws:profile": "fleet", "aws:assumeRoles": [{"roleArn": ROLE}]})
    assert program.outputs["signIn"] == {"profile": "fleet", "roleArn": ROLE, "environment": {}}
    assert "signIn" not in run_program(TWO).outputs
