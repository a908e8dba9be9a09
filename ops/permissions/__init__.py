"""The IAM policies that running a fleet needs: what is called, which documents allow it, and the command for both."""
