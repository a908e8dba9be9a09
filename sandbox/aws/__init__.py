"""AWS on one machine: moto behind a lock, as strict as AWS in what the fleet uses, and an EKS of the sandbox's own."""

import os

from sandbox.aws import clock

# moto's modules bind the clock's function when they are imported, so it is replaced before that.
clock.install()

# They also create sessions of their own, which must not use a profile of the person at this machine.
for _name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
    os.environ.pop(_name, None)
