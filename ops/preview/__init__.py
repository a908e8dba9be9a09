"""What a change would do to a stack, for people: `pulumi preview`, told on its pull request or in an issue.

Standard library only: it runs where nothing is installed.
"""
