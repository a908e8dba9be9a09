"""`python -m ops permissions`: write the IAM policies that running a stack needs."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ops.arguments import Subparsers, add_parser
from ops.configuration import PROJECT
from ops.errors import UserError, last_line, not_on_path
from ops.sign_in import use_identity

NO_STATE = "state-read and state-write are left out"


def add(subparsers: Subparsers) -> None:
    """Add the command."""
    parser = add_parser(
        subparsers,
        "permissions",
        "Write the IAM policies that previewing, changing and using a fleet need",
        exit_codes={},
    )
    parser.add_argument("--stack", required=True, help="the fleet's Pulumi stack; it may be down")
    parser.add_argument("--folder", type=Path, help="write a file for each policy here; by default, print them as JSON")
    parser.add_argument(
        "--account", type=_account, help="the AWS account's number; by default, the one that the stack signs in to"
    )
    parser.add_argument("--state", metavar="URL", help="the state's bucket, s3://...; by default, Pulumi's backend")
    parser.add_argument(
        "--state-key",
        metavar="KEY",
        help="the KMS key of the stack's secrets: its ARN, or alias/...; by default, the stack's",
    )
    parser.add_argument(
        "--zone",
        metavar="ID",
        type=_zone,
        action="append",
        default=[],
        help="a hosted zone in which a program of the fleet's has global names; may be given again",
    )
    parser.set_defaults(run=run)


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError(f"{text} is not an account's number; give its 12 digits")
    return text


def _zone(text: str) -> str:
    if not re.fullmatch(r"Z[A-Z0-9]{1,31}", text):
        raise argparse.ArgumentTypeError(f"{text} is no hosted zone's id; give one like Z0123456789ABC")
    return text


def run(arguments: argparse.Namespace) -> int:
    """Write the policies; return the exit code. Raise UserError."""
    # Imported here, because --help and other commands run where no package is installed.
    from ops.permissions.documents import documents
    from ops.permissions.scope import scope

    stack: str = arguments.stack
    name = stack.rpartition("/")[2]
    settings = read_settings(stack)
    state = _state(arguments, name)
    account: str = arguments.account or _own_account(settings)
    if state is None:
        print(f"warning: --state: the backend is no S3 bucket; {NO_STATE}", file=sys.stderr)
    made = documents(scope(settings, stack=name, account=account), state, arguments.zone)
    folder: Path | None = arguments.folder
    if folder is None:
        print(json.dumps(made, indent=2))
    else:
        write(folder, made)
    return 0


def read_settings(stack: str) -> Any:
    """The stack's settings. Raise UserError if Pulumi can't read them, or a fleet refuses them."""
    from settings import SettingsError, parse

    configuration = json.loads(
        _run(["pulumi", "config", "--json", "--stack", stack], f"--stack: {stack}: pulumi can't read its settings")
    )
    values = {key: str(entry["value"]) for key, entry in configuration.items() if "value" in entry}
    try:
        return parse(values)
    except SettingsError as error:
        raise UserError(f"--stack: {stack}: {'; '.join(str(error).splitlines())}") from None


def _own_account(settings: Any) -> str:
    """The account that the stack signs in to. STS is asked in a region of the fleet: each partition has its own."""
    use_identity(settings.provider.sign_in.describe())
    region = settings.plan.regions[0]
    argv = ["aws", "sts", "get-caller-identity", "--region", region, "--query", "Account", "--output", "text"]
    return _run(argv, "--account: the AWS CLI can't tell it", fix="sign in, or give --account").strip()


def _state(arguments: argparse.Namespace, stack: str) -> Any:
    """The bucket and key of the state; None if it is kept elsewhere."""
    given: str | None = arguments.state
    url = (
        given
        or json.loads(_run(["pulumi", "whoami", "--json"], "--state: pulumi is not signed in to a backend"))["url"]
    )
    key, region = _state_key(arguments.state_key, stack)
    return state_of(url, key, region)


def state_of(url: str, key: str | None, key_region: str) -> Any:
    """The state at a backend's URL, `s3://bucket/folder?region=eu-west-1`; None for a backend of another kind."""
    from ops.permissions.looking import State
    from settings.base import PROJECT as PROJECT_NAME

    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        return None
    return State(
        bucket=parts.netloc, folder=parts.path.strip("/"), key=key, key_region=key_region, project=PROJECT_NAME
    )


def _state_key(given: str | None, stack: str) -> tuple[str | None, str]:
    import yaml  # installed with Pulumi's SDK, as the settings need it

    file = PROJECT / f"Pulumi.{stack}.yaml"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    own: dict[str, Any] = yaml.safe_load(text) or {}
    return key_of(given or str(own.get("secretsprovider", "")))


def key_of(secrets_provider: str) -> tuple[str | None, str]:
    """The key of a secrets provider and its region; None for one without a key in KMS.

    A provider is `awskms://<ARN, id or alias/name>?region=eu-west-1` (Pulumi docs, "Secrets"); a key alone will do too.
    """
    named, _, query = secrets_provider.partition("?")
    key = named.removeprefix("awskms://").strip("/")
    region = parse_qs(query).get("region", ["*"])[0]
    known = re.fullmatch(r"arn:[\w-]+:kms:[\w-]+:\d+:key/[\w-]+|alias/[\w/-]+|[0-9a-f-]{36}|mrk-[0-9a-f]{32}", key)
    return (key, region) if known else (None, "*")


def write(folder: Path, made: Mapping[str, Any]) -> None:
    """Write a file for each policy into a folder, and say which role gets which. Raise UserError."""
    from ops.permissions.documents import ROLES, of_role

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, policy in made.items():
            (folder / f"{name}.json").write_text(json.dumps(policy, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"--folder: {folder}: {error.strerror}; name a folder that you can write to") from None
    for role in ROLES:
        if own := of_role(role, made):
            print(f"{role}: {', '.join(own)}")


def _run(argv: Sequence[str], what: str, fix: str = "use a name that `pulumi stack ls` lists, and sign in") -> str:
    try:
        process = subprocess.run(argv, cwd=PROJECT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise not_on_path(argv[0], "the Pulumi CLI" if argv[0] == "pulumi" else "the AWS CLI") from None
    if process.returncode:
        raise UserError(f"{what}: {last_line(process).removeprefix('error: ')}; {fix}")
    return process.stdout
