"""The account's quotas, if Service Quotas lacks them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from components.quotas.known import KNOWN
from settings.form import Form


def _code(value: str) -> str:
    if value not in KNOWN:
        known = ", ".join(f"{code} ({quota.name})" for code, quota in KNOWN.items())
        raise ValueError(f"is none of the quotas that a fleet is checked against; use one of {known}")
    return value


_CODES = ", ".join(f"`{code}` ({quota.name})" for code, quota in KNOWN.items())
Code = Annotated[str, AfterValidator(_code), Form(f"A quota's code: {_CODES}.", values=(*KNOWN,))]
Quotas = dict[Code, Annotated[int, Field(ge=0)]]
"""Quotas of every region by their codes, which replace the values of Service Quotas."""
