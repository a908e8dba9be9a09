"""The fleet's components, in an installation the package `federated_eks`."""
