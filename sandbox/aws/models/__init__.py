"""Checks of each request against AWS's models of its services, which botocore contains."""
