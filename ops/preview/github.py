"""Comments and issues of a repository on GitHub, through its command line, `gh`: one of each, found by its marker."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ops.errors import UserError, not_on_path

Api = Callable[[str, str, Mapping[str, Any] | None], Any]
"""Method, path and body of a call of GitHub's REST API; answers what it answers, all pages of a list."""

BOT = "github-actions[bot]"
"""Who writes as a workflow. Nobody else's comment is taken for ours, whatever marker it has."""

MARKER = re.compile(r"<!-- previews: \w+ of [\w.-]+ -->")


def gh(method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Call GitHub's API as `gh` is signed in (GH_TOKEN); raises UserError."""
    argv = ["gh", "api", "--method", method, path]
    argv += ["--paginate", "--slurp"] if method == "GET" else ["--input", "-"]
    try:
        done = subprocess.run(argv, input=json.dumps(body or {}), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise not_on_path("gh", "GitHub's command line (https://cli.github.com)") from None
    if done.returncode:
        raise UserError(f"gh api {method} {path}: {done.stderr.strip()}; look at the job's permissions")
    answer = json.loads(done.stdout or "null")
    return [one for page in answer for one in page] if method == "GET" else answer


def comment(api: Api, repository: str, number: int, body: str) -> str:
    """Have this comment on a pull request, in place of the one with its marker; its address."""
    theirs = api("GET", f"repos/{repository}/issues/{number}/comments?per_page=100", None)
    for one in _ours(theirs, body):
        return api("PATCH", f"repos/{repository}/issues/comments/{one['id']}", {"body": body})["html_url"]
    return api("POST", f"repos/{repository}/issues/{number}/comments", {"body": body})["html_url"]


def issue(api: Api, repository: str, title: str, body: str) -> str:
    """Have an open issue of this content, in place of the one with its marker; its address."""
    content = {"title": title, "body": body}
    for one in _open(api, repository, body):
        return api("PATCH", f"repos/{repository}/issues/{one['number']}", content)["html_url"]
    return api("POST", f"repos/{repository}/issues", content)["html_url"]


def close(api: Api, repository: str, body: str) -> list[str]:
    """Close the open issues with the marker of this content, which says why; their addresses."""
    return [
        api("PATCH", f"repos/{repository}/issues/{one['number']}", {"body": body, "state": "closed"})["html_url"]
        for one in _open(api, repository, body)
    ]


def _open(api: Api, repository: str, body: str) -> Iterator[Mapping[str, Any]]:
    # The list, not the search, whose index is minutes behind.
    theirs = api("GET", f"repos/{repository}/issues?state=open&per_page=100", None)
    return _ours([one for one in theirs if "pull_request" not in one], body)


def _ours(things: list[Mapping[str, Any]], body: str) -> Iterator[Mapping[str, Any]]:
    marker = body.partition("\n")[0]
    if not MARKER.fullmatch(marker):
        raise UserError(f"the text begins with {marker[:80]!r}, no marker; make it by `python -m ops preview run`")
    return (one for one in things if one["user"]["login"] == BOT and (one["body"] or "").startswith(marker))
