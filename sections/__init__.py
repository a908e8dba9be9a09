"""The settings' groups, a file for each."""
