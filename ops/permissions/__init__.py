"""The IAM policies for running a fleet: the calls, the documents that allow them, and the command that prints both."""
