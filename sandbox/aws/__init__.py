"""AWS for one machine: moto behind one lock, as strict as AWS where the fleet leans on it, and an EKS of our own."""

import os

from sandbox.aws import clock

# moto's modules bind the clock's function when they are first imported, so it is replaced before any of them is.
clock.install()

# They also make sessions of their own, which must not look for a profile of the person at this machine.
for _name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
    os.environ.pop(_name, None)
