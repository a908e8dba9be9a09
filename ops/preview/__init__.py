"""A stack's preview as a report for people: on its pull request, in an issue, or in a file.

The package imports only the standard library, because GitHub's jobs that write comments install nothing.
"""
