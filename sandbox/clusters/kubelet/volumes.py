"""A pod's volumes as folders, and the paths in a container's arguments that mean them."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sandbox.clusters.client import Api, ApiError
from sandbox.files import write

SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where admission mounts the volume with the token, the authority and the namespace."""

REFRESH = 0.8
"""The part of a token's life after which it is replaced, as the kubelet does."""


class VolumeError(Exception):
    """A volume that can't be had (yet); the message says which and why."""


@dataclass(frozen=True)
class Token:
    """A service account's token in a projected volume."""

    path: Path
    request: Mapping[str, Any]
    refresh_at: float
    """Of time.monotonic()."""


class Volumes:
    """The volumes of one pod, below one folder."""

    def __init__(self, api: Api, pod: Mapping[str, Any], folder: Path, disks: Path) -> None:
        """`disks` has a folder for each PersistentVolume, which outlives the pod. Nothing is written yet."""
        self._api, self._pod, self._folder, self._disks = api, pod, folder, disks
        self._places: dict[str, Path] = {}
        self._namespace: str = pod["metadata"]["namespace"]
        self._tokens: list[Token] = []
        self._objects: list[Callable[[], None]] = []

    def prepare(self) -> None:
        """Write all volumes; raises VolumeError where one isn't to be had."""
        self._tokens, self._objects = [], []
        for volume in self._pod["spec"].get("volumes") or ():
            if claim := volume.get("persistentVolumeClaim"):
                self._places[volume["name"]] = self._disk(volume["name"], claim["claimName"])
            folder = self.folder(volume["name"])
            folder.mkdir(parents=True, exist_ok=True)
            try:
                self._write(volume, folder)
            except ApiError as error:
                raise VolumeError(f"volume {volume['name']}: {error.message}") from error

    def folder(self, volume: str) -> Path:
        """The folder that stands for a volume.

        A volume that is mounted below another lies in that one's folder, because programs find it from there.
        """
        if volume in self._places:
            return self._places[volume]
        for container in self._pod["spec"].get("containers") or ():
            mounts = {one["name"]: PurePosixPath(one["mountPath"]) for one in container.get("volumeMounts") or ()}
            own = mounts.get(volume)
            above = [name for name, path in mounts.items() if own and path in own.parents]
            if own and above:
                nearest = max(above, key=lambda name: len(mounts[name].parts))
                return self.folder(nearest) / own.relative_to(mounts[nearest])
        return self._folder / "volumes" / volume

    def _disk(self, volume: str, claim: str) -> Path:
        """The folder of a claim's PersistentVolume. Raises VolumeError while it has none."""
        try:
            bound = self._api.get(f"/api/v1/namespaces/{self._namespace}/persistentvolumeclaims/{claim}")
        except ApiError as error:
            raise VolumeError(f"volume {volume}: {error.message}") from error
        if not bound["spec"].get("volumeName") or bound.get("status", {}).get("phase") != "Bound":
            raise VolumeError(f"volume {volume}: claim {claim} is not bound to a volume yet")
        return self._disks / bound["spec"]["volumeName"]

    def mounts(self, container: Mapping[str, Any]) -> dict[str, Path]:
        """A container's mount paths and what is there."""
        return {
            mount["mountPath"].rstrip("/"): self.folder(mount["name"]) / mount.get("subPath", "")
            for mount in container.get("volumeMounts") or ()
        }

    def renew(self) -> None:
        """Write what has changed, and new tokens for those that near their end; may be tried again after a failure."""
        for write_object in self._objects:
            write_object()
        for token in list(self._tokens):
            if time.monotonic() > token.refresh_at:
                self._write_token(token.request, token.path)
                self._tokens.remove(token)

    def _write(self, volume: Mapping[str, Any], folder: Path) -> None:
        if secret := volume.get("secret"):
            self._keep_object("secrets", secret["secretName"], secret, folder)
        elif config := volume.get("configMap"):
            self._keep_object("configmaps", config["name"], config, folder)
        elif projected := volume.get("projected"):
            for source in projected["sources"]:
                self._project(source, folder)
        elif not {"emptyDir", "downwardAPI", "persistentVolumeClaim"} & volume.keys():
            kind = next((key for key in volume if key != "name"), "?")
            raise VolumeError(f"volume {volume['name']}: the sandbox's kubelet has no volumes of kind {kind}")

    def _project(self, source: Mapping[str, Any], folder: Path) -> None:
        if token := source.get("serviceAccountToken"):
            self._write_token(token, folder / token["path"])
        elif config := source.get("configMap"):
            self._keep_object("configmaps", config["name"], config, folder)
        elif secret := source.get("secret"):
            self._keep_object("secrets", secret["name"], secret, folder)
        elif downward := source.get("downwardAPI"):
            for item in downward.get("items") or ():
                if item.get("fieldRef", {}).get("fieldPath") == "metadata.namespace":
                    write(folder / item["path"], self._namespace.encode())

    def _keep_object(self, plural: str, name: str, source: Mapping[str, Any], folder: Path) -> None:
        self._write_object(plural, name, source, folder)
        self._objects.append(lambda: self._write_object(plural, name, source, folder))

    def _write_object(self, plural: str, name: str, source: Mapping[str, Any], folder: Path) -> None:
        try:
            found = self._api.get(f"/api/v1/namespaces/{self._namespace}/{plural}/{name}")
        except ApiError as error:
            if error.status == 404 and source.get("optional"):
                return
            raise
        data = {key: base64.b64decode(value) for key, value in (found.get("binaryData") or {}).items()}
        for key, value in (found.get("data") or {}).items():
            data[key] = base64.b64decode(value) if plural == "secrets" else value.encode()
        for key, path in _items(source, data):
            file = folder / path
            if not file.exists() or file.read_bytes() != data[key]:
                write(file, data[key])

    def _write_token(self, request: Mapping[str, Any], path: Path) -> None:
        account = self._pod["spec"].get("serviceAccountName", "default")
        seconds = request.get("expirationSeconds", 3600)
        bound = {"kind": "Pod", "apiVersion": "v1", "name": self._pod["metadata"]["name"]}
        bound["uid"] = self._pod["metadata"]["uid"]
        spec: dict[str, Any] = {"expirationSeconds": seconds, "boundObjectRef": bound}
        if audience := request.get("audience"):
            spec["audiences"] = [audience]
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        url = f"/api/v1/namespaces/{self._namespace}/serviceaccounts/{account}/token"
        write(path, self._api.create(url, body)["status"]["token"].encode())
        self._tokens.append(Token(path, request, time.monotonic() + REFRESH * seconds))


def rewrite(argument: str, mounts: Mapping[str, Path]) -> str:
    """The argument with mount paths replaced by the folders that stand for them."""
    for mount in sorted(mounts, key=len, reverse=True):
        pattern = rf"(?<![\w./-]){re.escape(mount)}(?![\w.-])"
        argument = re.sub(pattern, lambda _, folder=mounts[mount]: str(folder), argument)
    return argument


def _items(source: Mapping[str, Any], data: Mapping[str, bytes]) -> Sequence[tuple[str, str]]:
    if chosen := source.get("items"):
        missing = [item["key"] for item in chosen if item["key"] not in data]
        if missing and not source.get("optional"):
            raise VolumeError(f"{source.get('name') or source.get('secretName')}: no key {missing[0]}")
        return [(item["key"], item["path"]) for item in chosen if item["key"] in data]
    return [(key, key) for key in data]
