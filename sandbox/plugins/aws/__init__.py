"""A stand-in for pulumi_aws's provider: the resource types that a federated fleet needs, over boto3."""
