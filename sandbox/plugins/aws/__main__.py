"""The process that the engine starts as `pulumi-resource-aws`."""

from sandbox.plugins.protocol import without_sdk


def main() -> None:
    """Serve the engine."""
    without_sdk()
    from sandbox.plugins.aws.provider import AwsProvider
    from sandbox.plugins.provider.main import serve

    serve(AwsProvider())


if __name__ == "__main__":
    main()
