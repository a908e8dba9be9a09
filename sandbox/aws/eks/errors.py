"""EKS's errors."""

from __future__ import annotations


class EksError(Exception):
    """An error as EKS answers it; `members` are the further fields of its shape, `clusterName` for instance."""

    status = 400

    def __init__(self, message: str, **members: str) -> None:
        """Say `message`."""
        super().__init__(message)
        self.members = members


class ResourceNotFoundException(EksError):
    """What is named doesn't exist."""

    status = 404


class ResourceInUseException(EksError):
    """It exists already, or something still needs it, or it is being changed."""

    status = 409


class InvalidParameterException(EksError):
    """A parameter is wrong by itself."""


class InvalidRequestException(EksError):
    """The request doesn't fit the state of things."""


class ResourceLimitExceededException(EksError):
    """A quota is used up."""
