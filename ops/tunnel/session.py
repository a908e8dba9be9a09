"""One tunnel: a session of Session Manager that forwards a port here to a cluster's endpoint."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable
from types import TracebackType

from ops.errors import UserError
from ops.tunnel.bastion import Bastion
from ops.tunnel.kubeconfig import Endpoint
from ops.tunnel.stop import Stop

DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost"
PATIENCE = 60.0
"""Seconds until a tunnel must answer; five are usual."""
GRACE = 3.0
"""Seconds that a session has to close after each signal, the last of which can't be refused."""


class Session:
    """A tunnel, from its opening to its closing."""

    def __init__(self, bastion: Bastion, endpoint: Endpoint, port: int) -> None:
        self.endpoint = endpoint
        self.port = port
        self._context = ssl.create_default_context(cadata=endpoint.authority)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # as long as the process
        parameters = {"host": [endpoint.host], "portNumber": [str(endpoint.port)], "localPortNumber": [str(port)]}
        argv = ["aws", "ssm", "start-session", "--region", bastion.region, "--target", bastion.instance]
        argv += ["--document-name", DOCUMENT, "--parameters", json.dumps(parameters)]
        # In a group of its own: what a terminal sends to the group in front ends the command first, then its tunnels.
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self._said, stderr=self._said, start_new_session=True
        )

    def __enter__(self) -> Session:
        """It is open."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close it; the AWS CLI and its plugin, whichever is left."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
                if number != signal.SIGKILL and not self._others():
                    break
        self._said.close()

    @property
    def ended(self) -> bool:
        """Whether it has closed by itself."""
        return self._process.poll() is not None

    def wait(self, stop: Stop) -> None:
        """Until the cluster itself answers through it, known by its certificate; or a signal. Raises UserError."""
        until = time.monotonic() + PATIENCE
        while stop.signal is None:
            if self.ended:
                raise UserError(
                    f"{self.endpoint.cluster}: its session ended at once: {self.said()}; {_fix(self.said())}"
                )
            try:
                self._shake_hands()
            except ssl.SSLCertVerificationError as error:
                raise UserError(
                    f"{self.endpoint.cluster}: what answers for {self.endpoint.host} is another: "
                    f"{error.verify_message}; bring the stack's outputs up to date: pulumi refresh"
                ) from None
            except OSError as error:
                if time.monotonic() > until:
                    raise UserError(
                        f"{self.endpoint.cluster}: {self.endpoint.host} does not answer through the bastion within "
                        f"{PATIENCE:.0f} s ({error}): {self.said()}; see that the peering and the cluster's security "
                        "group are as the stack has them: pulumi refresh"
                    ) from None
                time.sleep(0.2)
            else:
                return

    def said(self) -> str:
        """The end of what the AWS CLI has told."""
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().decode(errors="replace").splitlines()]
        return next((line for line in reversed(lines) if line), "nothing was said")

    def _shake_hands(self) -> None:
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain,
            self._context.wrap_socket(plain, server_hostname=self.endpoint.host),
        ):
            pass

    def _others(self) -> bool:
        """Whether another process of the group is still there."""
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def free_ports(endpoints: Iterable[Endpoint]) -> dict[str, int]:
    """A free port on the loopback interface for each cluster, by name."""
    with contextlib.ExitStack() as held:
        ports: dict[str, int] = {}
        for endpoint in endpoints:
            taken = held.enter_context(socket.socket())
            taken.bind(("127.0.0.1", 0))
            ports[endpoint.cluster] = taken.getsockname()[1]
        return ports


def _fix(said: str) -> str:
    if "TargetNotConnected" in said:
        return "the bastion has not signed in to Session Manager; a new one takes two minutes"
    if "AccessDenied" in said:
        return f"have ssm:StartSession allowed on the bastion and on the document {DOCUMENT}"
    return "try again, or open a shell on the bastion: pulumi stack output bastionSession"
