"""The stand-in for pulumi-kubernetes: objects by server-side apply, and Helm releases by the helm binary."""
