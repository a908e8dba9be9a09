"""What the clusters' own controllers and EKS make in AWS beside the stack, and its removal.

`python -m ops leftovers --stack NAME` lists it. `pulumi destroy` knows none of it: load balancers hold a VPC, so that
the destroy fails, and volumes and log groups stay and cost
(https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html).
"""
