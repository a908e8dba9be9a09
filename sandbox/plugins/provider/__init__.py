'''The base of the stand-ins for resource providers.

A stand-in is a `Provider` with a handler for each resource type, served by `serve`::

    class Vpc(Resource[Client]):
        """aws:ec2/vpc:Vpc."""

        replace_on = ("cidrBlock", "instanceTenancy")

        def check(self, call):                       # defaults; raise Refused(Problem("cidrBlock", "..."))
            return {"enableDnsSupport": True, **call.inputs}

        def create(self, call):
            id = call.client.ec2.create_vpc(...)
            call.created(id, outputs)                # from here on a failure loses nothing
            call.wait(f"VPC {id}", lambda: ..., timeout=60)
            return id, outputs

        def read(self, call): ...                    # Found(id=, inputs=, outputs=), or None where it is gone
        def update(self, call): ...                  # gives outputs; also called after a create that failed
        def delete(self, call): ...                  # gone already is no error

    functions = {"aws:index/getRegion:getRegion": get_region}
    serve(Provider("aws", "pulumi_aws", {"aws:ec2/vpc:Vpc": Vpc}, functions, configure=connect))

Property names are camelCase, as on the wire; values are plain Python (see `values`), without secrets (the engine marks
outputs whose inputs were secret; a handler wraps others in `Secret`). Before a handler is called its inputs have been
checked against the SDK's own class (`sdk`, `check`): unknown types, functions and inputs, missing and mistyped ones are
refused by name. Previews need nothing: `Resource.preview` keeps what is known, and the rest is UNKNOWN. `Resource.diff`
compares inputs; `replace_on`, `delete_before_replace`, `unordered` and `volatile` steer it. `Call.wait` and
`Call.pause` end at once on Ctrl-C. Errors for a person are ProviderError, one line each; anything else is a fault of
the stand-in, shown with its traceback.
'''

from sandbox.plugins.provider.check import Problem
from sandbox.plugins.provider.diff import Diff
from sandbox.plugins.provider.main import serve
from sandbox.plugins.provider.provider import Provider
from sandbox.plugins.provider.resource import (
    Call,
    Cancelled,
    Found,
    Function,
    ProviderError,
    Refused,
    Resource,
    TimedOut,
)
from sandbox.plugins.provider.sdk import Shape
from sandbox.plugins.provider.values import UNKNOWN, Properties, Reference, Secret

__all__ = [
    "UNKNOWN",
    "Call",
    "Cancelled",
    "Diff",
    "Found",
    "Function",
    "Problem",
    "Properties",
    "Provider",
    "ProviderError",
    "Reference",
    "Refused",
    "Resource",
    "Secret",
    "Shape",
    "TimedOut",
    "serve",
]
