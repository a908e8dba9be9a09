"""Tunnels through the bastion to a fleet's private clusters, and a kubeconfig that uses them.

Standard library only: it does not import the fleet's components.
"""
