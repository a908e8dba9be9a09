"""`python -m ops.preview.command run|comment|issue`: preview a stack, and tell it on GitHub."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.preview import github, run
from ops.preview.comment import DRIFT, PREVIEW, About
from ops.preview.errors import PreviewError


def main(argv: Sequence[str]) -> int:
    """Do what the arguments ask for; an exit code."""
    asked = _parser().parse_args(argv)
    try:
        return asked.does(asked)
    except PreviewError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ops.preview.command", description="What a change would do to a stack."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    here = os.environ.get("GITHUB_REPOSITORY", "")

    one = commands.add_parser("run", help="preview a stack, and write down what it said")
    one.add_argument("--stack", required=True, help="the Pulumi stack")
    one.add_argument("--into", type=Path, default=Path("preview"), help="the folder for it (%(default)s)")
    one.add_argument("--drift", action="store_true", help="look at the cloud first, and expect no change")
    one.add_argument("--commit", default="", help="the commit that is previewed")
    one.add_argument("pulumi", nargs="*", help="after --, more arguments for `pulumi preview`")
    one.set_defaults(does=_run)

    two = commands.add_parser("comment", help="have it as a pull request's comment, in place of the last one")
    two.add_argument("--number", type=int, required=True, help="the pull request's number")
    two.set_defaults(does=_comment)

    three = commands.add_parser("issue", help="have it as an open issue, or none where nothing has changed")
    three.add_argument("--title", required=True, help="the issue's title")
    three.set_defaults(does=_issue)

    for each in (two, three):
        each.add_argument("--repository", default=here, help="owner/name (%(default)s)")
        each.add_argument("folder", type=Path, help="what `run` wrote")
    return parser


def _run(asked: argparse.Namespace) -> int:
    try:
        about = About(
            stack=asked.stack, kind=DRIFT if asked.drift else PREVIEW, commit=asked.commit, page=_page(os.environ)
        )
    except ValueError as error:
        raise PreviewError(str(error)) from None
    code = run.run(about, asked.into, asked.pulumi)
    print(f"{asked.into / run.COMMENT}: {(asked.into / run.OUTCOME).read_text()}")
    return code


def _comment(asked: argparse.Namespace) -> int:
    print(github.comment(github.gh, asked.repository, asked.number, _told(asked.folder, run.COMMENT)))
    return 0


def _issue(asked: argparse.Namespace) -> int:
    """An issue for changes, none for none; and after a preview that failed, whatever there is."""
    body, outcome = (_told(asked.folder, name) for name in (run.COMMENT, run.OUTCOME))
    if outcome == "failed":
        raise PreviewError("the preview failed, so whether there is a drift is unknown; see its own job")
    if outcome == "changes":
        print(github.issue(github.gh, asked.repository, asked.title, body))
    else:
        print(*github.close(github.gh, asked.repository, body), sep="\n")
    return 0


def _told(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except OSError as error:
        raise PreviewError(
            f"{error.filename}: {error.strerror}; make it by `python -m ops.preview.command run`"
        ) from None


def _page(environ: Mapping[str, str]) -> str:
    """The page of the run on GitHub that this is part of; empty elsewhere."""
    if "GITHUB_RUN_ID" not in environ:
        return ""
    return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(environ)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
