"""The embedded cloud: AWS, EKS and kubefed on one machine, for the program that stands beside this folder."""
