"""`python -m ops preview run|comment|issue`: preview a stack, and report it on GitHub."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from ops.arguments import Subparsers, add_parser
from ops.errors import UserError
from ops.preview import github, run
from ops.preview.comment import DRIFT, PREVIEW, About

RUN = {
    "0": "the preview succeeded; with --drift, also if it found changes",
    "N": "pulumi's own exit code: the preview failed, or breaks a mandatory policy",
}
COMMENT = {"0": "the comment is on the pull request"}
ISSUE = {"0": "the issue is open; or no issue is, because nothing has changed"}


def add(subparsers: Subparsers) -> None:
    """Add the command, with its own subcommands."""
    preview = add_parser(subparsers, "preview", "Preview a stack, and report it on GitHub", exit_codes={})
    commands = preview.add_subparsers(title="commands", required=True, metavar="COMMAND")

    runs = add_parser(
        commands,
        "run",
        "Preview a stack, and write the report into a folder",
        exit_codes=RUN,
        usage="%(prog)s [-h] --stack STACK [--into FOLDER] [--drift] [--commit COMMIT] [-- PULUMI_ARGUMENT ...]",
    )
    runs.add_argument("--stack", required=True, help="the Pulumi stack")
    runs.add_argument(
        "--into", metavar="FOLDER", type=Path, default=Path("preview"), help="the folder (default: %(default)s)"
    )
    runs.add_argument("--drift", action="store_true", help="refresh the state from the cloud first; expect no change")
    runs.add_argument("--commit", default="", help="the commit to name in the report")
    runs.add_argument(
        "pulumi", nargs="*", metavar="PULUMI_ARGUMENT", help="after --, further arguments of `pulumi preview`"
    )
    runs.set_defaults(run=_run)

    comment = add_parser(
        commands,
        "comment",
        "Write the report as a comment on a pull request, in place of the last one",
        exit_codes=COMMENT,
    )
    comment.add_argument("--number", type=int, required=True, help="the pull request's number")
    comment.set_defaults(run=_comment)

    issue = add_parser(
        commands, "issue", "Keep an issue open with the report, or close it if nothing has changed", exit_codes=ISSUE
    )
    issue.add_argument("--title", required=True, help="the issue's title")
    issue.set_defaults(run=_issue)

    for each in (comment, issue):
        each.add_argument(
            "--repository",
            metavar="OWNER/NAME",
            default=os.environ.get("GITHUB_REPOSITORY", ""),
            help="the repository on GitHub (default: $GITHUB_REPOSITORY)",
        )
        each.add_argument("folder", metavar="FOLDER", type=Path, help="the folder that `run` wrote")


def _run(arguments: argparse.Namespace) -> int:
    try:
        about = About(
            stack=arguments.stack,
            kind=DRIFT if arguments.drift else PREVIEW,
            commit=arguments.commit,
            page=_page(os.environ),
        )
    except ValueError as error:
        raise UserError(str(error)) from None
    exit_code = run.run(about, arguments.into, arguments.pulumi)
    print(f"{arguments.into / run.COMMENT}: {(arguments.into / run.OUTCOME).read_text()}")
    return exit_code


def _comment(arguments: argparse.Namespace) -> int:
    body = _read(arguments.folder, run.COMMENT)
    print(github.comment(github.gh, arguments.repository, arguments.number, body))
    return 0


def _issue(arguments: argparse.Namespace) -> int:
    """Open or update the issue if there are changes, close it if there are none. Raise UserError if that is unknown."""
    body, outcome = (_read(arguments.folder, name) for name in (run.COMMENT, run.OUTCOME))
    if outcome == "failed":
        raise UserError("the preview failed, so whether there is a drift is unknown; see the job of the preview")
    if outcome == "changes":
        print(github.issue(github.gh, arguments.repository, arguments.title, body))
    else:
        print(*github.close(github.gh, arguments.repository, body), sep="\n")
    return 0


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}; create it: python -m ops preview run") from None


def _page(environ: Mapping[str, str]) -> str:
    """Return the address of this run's page on GitHub; empty elsewhere."""
    if "GITHUB_RUN_ID" not in environ:
        return ""
    return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(environ)
