"""The process that the engine starts as `pulumi-resource-kubernetes`."""

from sandbox.plugins.protocol import without_sdk


def main() -> None:
    """Serve the engine."""
    without_sdk()
    from sandbox.plugins.kubernetes.provider import Kubernetes
    from sandbox.plugins.provider import serve

    serve(Kubernetes())


if __name__ == "__main__":
    main()
