"""A tunnel: a Session Manager session that forwards a local port to a cluster's endpoint."""

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
TIMEOUT = 60.0
"""Seconds for a cluster's answer through its tunnel; 5 are usual."""
GRACE_PERIOD = 3.0
"""Seconds for a session to close after each signal; the last signal is SIGKILL."""


class Session:
    """An open tunnel; leaving the context closes it."""

    def __init__(self, bastion: Bastion, endpoint: Endpoint, port: int) -> None:
        self.endpoint = endpoint
        self.port = port
        self._context = ssl.create_default_context(cadata=endpoint.authority)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # open as long as the process runs
        parameters = {"host": [endpoint.host], "portNumber": [str(endpoint.port)], "localPortNumber": [str(port)]}
        argv = ["aws", "ssm", "start-session", "--region", bastion.region, "--target", bastion.instance]
        argv += ["--document-name", DOCUMENT, "--parameters", json.dumps(parameters)]
        # A process group of its own: a terminal sends Ctrl-C to the foreground group, and the command must end first.
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def __enter__(self) -> Session:
        """Return the session, which the constructor has opened."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the AWS CLI and its plugin."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_PERIOD)
                if number != signal.SIGKILL and not self._group_exists():
                    break
        self._log.close()

    @property
    def ended(self) -> bool:
        """Whether the session has closed by itself."""
        return self._process.poll() is not None

    def wait(self, stop: Stop) -> None:
        """Wait until the cluster, recognized by its certificate, answers through the tunnel, or until a signal.

        Raise UserError if the session ends, if another server answers, or after TIMEOUT.
        """
        until = time.monotonic() + TIMEOUT
        while stop.signal is None:
            if self.ended:
                raise UserError(
                    f"{self.endpoint.cluster}: its session ended at once: {self.reason()}; {_remedy(self.reason())}"
                )
            try:
                self._shake_hands()
            except ssl.SSLCertVerificationError as error:
                raise UserError(
                    f"{self.endpoint.cluster}: another server answers for {self.endpoint.host}: "
                    f"{error.verify_message}; bring the stack's outputs up to date: pulumi refresh"
                ) from None
            except OSError as error:
                if time.monotonic() > until:
                    raise UserError(
                        f"{self.endpoint.cluster}: {self.endpoint.host} does not answer through the bastion within "
                        f"{TIMEOUT:.0f} s ({error}): {self.reason()}; check that the peering and the cluster's "
                        "security group still match the stack: pulumi refresh"
                    ) from None
                time.sleep(0.2)
            else:
                return

    def reason(self) -> str:
        """Return the last line that the AWS CLI has printed."""
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().decode(errors="replace").splitlines()]
        return next((line for line in reversed(lines) if line), "it printed nothing")

    def _shake_hands(self) -> None:
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain,
            self._context.wrap_socket(plain, server_hostname=self.endpoint.server_name),
        ):
            pass

    def _group_exists(self) -> bool:
        """Return whether a process of the group still runs."""
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True


def free_ports(endpoints: Iterable[Endpoint]) -> dict[str, int]:
    """Return a free port on the loopback interface for each cluster, by name."""
    with contextlib.ExitStack() as reserved:
        ports: dict[str, int] = {}
        for endpoint in endpoints:
            listener = reserved.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            ports[endpoint.cluster] = listener.getsockname()[1]
        return ports


def _remedy(reason: str) -> str:
    if "TargetNotConnected" in reason:
        return "the bastion has not signed in to Session Manager; a new one takes two minutes"
    if "AccessDenied" in reason:
        return f"allow ssm:StartSession on the bastion and on the document {DOCUMENT}"
    return "try again, or open a shell on the bastion: pulumi stack output bastionSession"
