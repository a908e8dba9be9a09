"""Real control planes for the sandbox's EKS clusters: processes, keys, sign-in, nodes, and pods that run."""
