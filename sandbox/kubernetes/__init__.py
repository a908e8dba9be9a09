"""Real control planes for the sandbox's EKS clusters: processes, keys, sign-in, nodes, and the pods that really run."""
