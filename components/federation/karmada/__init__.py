"""Karmada: its release on the host, and the clusters that join it."""
