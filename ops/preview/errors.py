"""What a person can mend."""


class PreviewError(Exception):
    """One line that says what is the matter and what to do."""
