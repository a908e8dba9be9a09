"""The process that the engine starts as `pulumi-resource-eks`."""

from sandbox.plugins.eks.provider import serve

if __name__ == "__main__":
    serve()
