"""A picture of a fleet as an HTML file: its networks, its clusters, and the objects federated to them.

`python -m ops map --stack NAME` reads the stack's outputs and the objects of kubefed or Karmada, and changes nothing.
"""
