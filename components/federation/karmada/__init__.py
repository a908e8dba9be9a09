"""Karmada: its release on the host, the clusters that join it, and workloads on them."""
