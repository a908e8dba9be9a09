"""The stand-in for pulumi-eks: its component Cluster, with the children that the official one registers."""
