"""Karmada as the engine of workloads."""
