"""A picture of a fleet: its networks, its clusters and what is federated to them, as one HTML file.

`python -m ops map --stack NAME` reads the stack's outputs and kubefed's objects on the host, and changes nothing.
"""
