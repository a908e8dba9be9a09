"""A policy pack: what a fleet has to keep to, checked by Pulumi before anything is created."""
