"""A small kubelet: runs the pods whose image the sandbox knows as local processes, and reports on them."""
