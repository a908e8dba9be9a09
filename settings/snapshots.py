"""Snapshots of Karmada's etcd in a bucket of the account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from components import iam
from components.cluster import PodIdentityArgs
from components.federation.karmada.etcd_members import SNAPSHOTS
from components.federation.karmada.release import NAMESPACE
from components.federation.karmada.snapshots import ETCD_ACCOUNT
from settings.base import Section
from settings.form import Form

_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_KEY = r"[A-Za-z0-9][A-Za-z0-9!_.*'()/-]{0,1018}\.db"
_KMS_KEY = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"

_FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}
"""The fields of a schedule with their least and their greatest number."""

_RANGE = re.compile(r"(\*|(\d{1,2})(-(\d{1,2}))?)(/([1-9]\d?))?")
_SCHEDULE = r"[\d*/,-]+( [\d*/,-]+){4}"


def _bucket(value: str) -> str:
    if not re.fullmatch(_BUCKET, value) or ".." in value:
        raise ValueError(
            "is no bucket's name; give 3 to 63 lower-case letters, digits, hyphens and dots, without s3://"
        )
    return value


def _key(value: str) -> str:
    if not re.fullmatch(_KEY, value):
        raise ValueError(
            "is no snapshot's key; give one as `aws s3 ls --recursive` lists it, "
            "federated-eks/dev/2026-11-30T08-00-00Z.db for instance"
        )
    return value


def _kms_key(value: str) -> str:
    if not re.fullmatch(_KMS_KEY, value):
        raise ValueError("is no KMS key's ARN; give one, arn:aws:kms:<region>:<account>:key/<id> for instance")
    return value


def _schedule(value: str) -> str:
    fields = value.split(" ")
    if len(fields) != len(_FIELDS):
        raise ValueError("is no schedule; give minute, hour, day, month and weekday, 0 * * * * for every hour")
    for text, (name, (least, greatest)) in zip(fields, _FIELDS.items(), strict=True):
        for part in text.split(","):
            if not (found := _RANGE.fullmatch(part)):
                raise ValueError(f"has {text} as its {name}; give numbers, ranges as 1-5, lists as 1,3, or *, and /2")
            first, last = int(found[2] or least), int(found[4] or found[2] or greatest)
            if not least <= first <= last <= greatest:
                raise ValueError(f"has {text} as its {name}; give numbers from {least} to {greatest}, in order")
    return value


Bucket = Annotated[
    str, AfterValidator(_bucket), Form("A bucket's name: 3 to 63 lower-case letters, digits, `-` and `.`.", _BUCKET)
]
Key = Annotated[str, AfterValidator(_key), Form("A snapshot's key in the bucket, without a slash before it.", _KEY)]
KmsKey = Annotated[str, AfterValidator(_kms_key), Form("A KMS key's ARN.", _KMS_KEY)]
Schedule = Annotated[
    str,
    AfterValidator(_schedule),
    Form("Minute, hour, day of the month, month and day of the week (0 is Sunday), as numbers.", _SCHEDULE),
]


class Snapshots(Section):
    """Snapshots of etcd, which a CronJob on the host puts into a bucket of yours: it outlives the fleet."""

    bucket: Bucket
    """A private bucket in the host's region, which the fleet neither creates nor deletes. It exists before the update.

    Snapshots have the keys `<name>/<stack>/<time>.db`. The bucket's lifecycle says when they expire.
    """
    schedule: Schedule = "0 * * * *"
    """When snapshots are taken, in UTC, in cron's form; by default every hour."""
    key_arn: KmsKey | None = None
    """The KMS key that the bucket encrypts with, if it is one of yours. Its policy must let the account decide."""
    restore: Key | None = None
    """The key of a snapshot, with which members of etcd begin whose volume is empty; others ignore it.

    Take it out again after the restore: while it is set, each start of a member reads the snapshot.
    """

    def pods(self, folder: str, partition: str) -> Mapping[str, PodIdentityArgs]:
        """The service accounts that write below the folder, and that read the snapshot to restore, by their setting."""
        bucket = f"arn:{partition}:s3:::{self.bucket}"
        found = {
            "karmada.snapshots": self._pod(SNAPSHOTS, "s3:PutObject", f"{bucket}/{folder}/*", "kms:GenerateDataKey")
        }
        if self.restore:
            restored = self._pod(ETCD_ACCOUNT, "s3:GetObject", f"{bucket}/{self.restore}", "kms:Decrypt")
            found["karmada.snapshots.restore"] = restored
        return found

    def _pod(self, account: str, action: str, objects: str, use_of_key: str) -> PodIdentityArgs:
        key = [iam.allow(use_of_key, self.key_arn)] if self.key_arn else []
        return PodIdentityArgs(
            namespace=NAMESPACE, service_account=account, statements=[iam.allow(action, objects), *key]
        )
