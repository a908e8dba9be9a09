"""A stack's preview as a report for people: on its pull request, in an issue, or in a file.

Standard library only: GitHub's jobs that write comments run where nothing is installed.
"""
