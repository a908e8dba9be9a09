"""A picture of a fleet: its networks, its clusters and what is federated to them, as one HTML file.

`python -m ops.map.command --stack NAME` reads the stack's outputs and kubefed's objects on the host, no more.
"""
