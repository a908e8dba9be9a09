"""A stand-in for pulumi_aws's provider: the resource types that a federated fleet needs, over boto3.

Each type's handler knows one thing of AWS's: which inputs it takes, which of them need a new resource, how it is made,
described, changed and removed. `resource` has what they share: regions, default tags, names, drift, and what happens
when an update breaks off. `provider` lists the types, `functions` the functions. Nothing that exists is taken over:
what a killed engine had begun to make is found by `python -m ops recover`, as on AWS.

It follows the official provider (a bridge to Terraform's) in names, ids, outputs, defaults, replacements, waits, in the
operations that it calls, and in what it keeps when an input is left out. It differs from it in these:

- An input that is not implemented is refused by name: inline rules and routes, IPv6, IPAM, Outposts, spot instances...
- A refresh waits for what is being made or deleted; the official one reports it as it stands.
- A delete that AWS refuses for something that still uses the thing is tried for two minutes, not for up to twenty; then
  AWS's error is shown, with what holds it.
- Nothing is tidied up that Lambda, Comprehend, DMS or GuardDuty left in a VPC.
- What AWS could not make (a failed cluster, NAT gateway or peering) is replaced by the next update.
- It speaks only to where AWS_ENDPOINT_URL (or a provider's `endpoints`) says, never to AWS itself.
"""
