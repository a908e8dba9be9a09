"""EKS, on real control planes: every operation is checked against AWS's own model of it."""
