"""AWS for one machine: moto behind one lock, made as strict as AWS where the fleet leans on it, and an EKS of our own."""

from sandbox.aws import clock

# moto's modules bind the clock's function when they are first imported, so it is replaced before any of them is.
clock.install()
