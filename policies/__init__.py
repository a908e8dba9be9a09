"""The policy pack: rules for a fleet that Pulumi checks before it creates anything."""
