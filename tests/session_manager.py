"""A stand-in on PATH for what the AWS CLI does with its Session Manager plugin: forward a port here to a host there."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

PLUGIN = """#!{python}
import socket, sys, threading

def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for each in (source, sink):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

here, host, there = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
listening = socket.create_server(("127.0.0.1", here))
print(f"Port {{here}} opened for sessionId fake.", flush=True)
while True:
    near, _ = listening.accept()
    try:
        far = socket.create_connection((host, there))
    except OSError:
        near.close()
        continue
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""

AWS = """#!{python}
import json, os, signal, subprocess, sys

arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps(arguments) + "\\n")
if arguments[:2] == ["ec2", "describe-instances"] and {instance!r}:
    print({instance!r})
    sys.exit()
if arguments[:2] != ["ssm", "start-session"]:
    os.execv({real!r}, [{real!r}, *arguments])
if {failure!r}:
    sys.exit({failure!r})
given = dict(zip(arguments[2::2], arguments[3::2]))
assert given["--document-name"] == "AWS-StartPortForwardingSessionToRemoteHost", given
assert given["--target"].startswith("i-") and given["--region"], given
asked = json.loads(given["--parameters"])
((here,), (host,), (there,)) = (asked[key] for key in ("localPortNumber", "host", "portNumber"))
plugin = subprocess.Popen(["session-manager-plugin", here, {through!r} or host, there])
# As the real one: a Ctrl-C is for its plugin.
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.exit(plugin.wait())
"""


def install(
    folder: Path, real: str = "/bin/false", instance: str = "", failure: str = "", through: str = ""
) -> dict[str, str]:
    """Put both into a folder; the environment that finds them first.

    `instance` is what an instance is looked up as, if not in AWS; `failure` what each session ends with at once;
    `through` the host that every session leads to, whichever it asks for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    values = {"real": real, "instance": instance, "failure": failure, "through": through}
    for name, text in (("aws", AWS), ("session-manager-plugin", PLUGIN)):
        file = folder / name
        file.write_text(text.format(python=sys.executable, log=str(folder / "calls"), **values))
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}
