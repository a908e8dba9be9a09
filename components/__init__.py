"""The fleet's components; an installation has them as the package `federated_eks`."""
