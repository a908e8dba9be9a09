"""New tokens for kubefed's accounts in a fleet's clusters.

`python -m ops rotate --stack NAME` marks the tokens on the host and runs `pulumi up`, which replaces the marked
accounts.
"""
