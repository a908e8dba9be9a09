"""The process that the engine starts as `pulumi-resource-kubernetes`."""

from sandbox.plugins.kubernetes.provider import Kubernetes
from sandbox.plugins.provider import serve

if __name__ == "__main__":
    serve(Kubernetes())
