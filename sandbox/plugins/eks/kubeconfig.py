"""The kubeconfig of an EKS cluster, as pulumi-eks writes it."""

from __future__ import annotations

from typing import Any


def kubeconfig(*, cluster: str, endpoint: str, region: str, authority: str, credentials: Any = None) -> dict[str, Any]:
    """Return a kubeconfig with a context, `aws`, that signs in by `aws eks get-token`.

    `authority` is the CA certificate, PEM in base64. `credentials` are the component's providerCredentialOpts: of these
    the role's ARN is in what a user gets, the profile only in what the component itself uses.
    """
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"]
    if credentials and credentials.get("roleArn"):
        arguments += ["--role", credentials["roleArn"]]
    if credentials and credentials.get("profileName"):
        arguments += ["--profile", credentials["profileName"]]
    info = '{"apiVersion": "client.authentication.k8s.io/v1beta1"}'
    command = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": arguments,
        "env": [{"name": "KUBERNETES_EXEC_INFO", "value": info}],
    }
    server = {"server": endpoint, "certificate-authority-data": authority}
    return {
        "apiVersion": "v1",
        "clusters": [{"cluster": server, "name": "kubernetes"}],
        "contexts": [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}],
        "current-context": "aws",
        "kind": "Config",
        "users": [{"name": "aws", "user": {"exec": command}}],
    }
