"""The process that the engine starts as `pulumi-language-python`."""

from sandbox.plugins.protocol import without_sdk


def main() -> None:
    """Serve the engine."""
    without_sdk()
    from pulumi.runtime.proto import language_pb2_grpc

    from sandbox.plugins.language_python.host import Host
    from sandbox.plugins.provider.main import engine_address, serve_plugin

    host = Host(engine_address())
    serve_plugin(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server), on_exit=host.end)


if __name__ == "__main__":
    main()
