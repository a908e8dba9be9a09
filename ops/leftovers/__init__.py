"""AWS resources that the clusters' own controllers and EKS create beside the stack, and their removal.

`python -m ops leftovers --stack NAME` lists them. `pulumi destroy` doesn't know them: load balancers block the deletion
of a VPC, so that the destroy fails, and volumes and log groups stay and cost money
(https://docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html).
"""
