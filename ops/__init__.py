"""Commands for a fleet that exists."""
