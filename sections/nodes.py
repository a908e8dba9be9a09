"""The machines that a cluster's pods run on."""

from __future__ import annotations

from pydantic import Field, model_validator

from sections.base import Section


class Nodes(Section):
    """Each cluster's managed node group."""

    instance_type: str = "t3.medium"
    min: int = Field(default=1, ge=0)
    desired: int = Field(default=2, ge=1)
    max: int = Field(default=4, ge=1)
    disk_gib: int = Field(default=20, ge=20, le=16384)

    @model_validator(mode="after")
    def _in_order(self) -> Nodes:
        if not self.min <= self.desired <= self.max:
            raise ValueError(
                f"min {self.min}, desired {self.desired} and max {self.max} are out of order; "
                "set min <= desired <= max, as EKS asks"
            )
        return self
