"""AWS's models of its services, as botocore carries them: each request is checked against them before it is served."""
