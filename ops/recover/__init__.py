"""`python -m ops recover`: bring a stack's state and AWS together again after an update that was killed."""
