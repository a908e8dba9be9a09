"""EKS's errors."""

from __future__ import annotations


class EksError(Exception):
    """An error of EKS; `members` are the further fields of its shape, `clusterName` for instance."""

    status = 400

    def __init__(self, message: str, **members: str) -> None:
        """Create the error with its message."""
        super().__init__(message)
        self.members = members


class ResourceNotFoundException(EksError):
    """The named thing doesn't exist."""

    status = 404


class ResourceInUseException(EksError):
    """The thing exists, is in use, or is changing."""

    status = 409


class InvalidParameterException(EksError):
    """A parameter is wrong by itself."""


class InvalidRequestException(EksError):
    """The request contradicts the current state."""


class ResourceLimitExceededException(EksError):
    """A quota is used up."""
