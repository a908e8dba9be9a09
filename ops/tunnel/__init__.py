"""A fleet's private clusters, reached from outside: tunnels through the bastion, and a kubeconfig into them."""
