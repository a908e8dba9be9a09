"""Tunnels through the bastion to a fleet's private clusters, and a kubeconfig that uses them.

The package imports only the standard library, and not the fleet's components.
"""
