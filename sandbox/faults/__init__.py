"""The fault switch: calls of AWS and of API servers that fail on purpose, by the rules of `.sandbox/faults.yaml`."""
