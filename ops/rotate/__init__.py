"""New tokens for the accounts of kubefed or Karmada in a fleet's clusters, and for programs in Karmada.

`python -m ops rotate --stack NAME` marks the tokens and runs `pulumi up`, which replaces the marked
accounts.
"""
