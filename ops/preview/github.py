"""The comment and the issue of a report on GitHub, found by their marker, through GitHub's command line `gh`."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ops.errors import UserError, not_on_path

Api = Callable[[str, str, Mapping[str, Any] | None], Any]
"""A call of GitHub's REST API with a method, path and body; it returns the response, of a list all pages."""

BOT = "github-actions[bot]"
"""The author of workflows' comments and issues. Reports of other authors are ignored, whatever their marker."""

MARKER = re.compile(r"<!-- previews: \w+ of [\w.-]+ -->")


def gh(method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Call GitHub's API with the credentials of `gh` (GH_TOKEN). Raise UserError if that fails."""
    argv = ["gh", "api", "--method", method, path]
    argv += ["--paginate", "--slurp"] if method == "GET" else ["--input", "-"]
    try:
        process = subprocess.run(argv, input=json.dumps(body or {}), capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise not_on_path("gh", "GitHub's command line (https://cli.github.com)") from None
    if process.returncode:
        raise UserError(f"gh api {method} {path}: {process.stderr.strip()}; check the job's permissions")
    response = json.loads(process.stdout or "null")
    return [item for page in response for item in page] if method == "GET" else response


def comment(api: Api, repository: str, number: int, body: str) -> str:
    """Write a comment on a pull request, in place of the one with its marker; return its address."""
    comments = api("GET", f"repos/{repository}/issues/{number}/comments?per_page=100", None)
    for existing in _ours(comments, body):
        return api("PATCH", f"repos/{repository}/issues/comments/{existing['id']}", {"body": body})["html_url"]
    return api("POST", f"repos/{repository}/issues/{number}/comments", {"body": body})["html_url"]


def issue(api: Api, repository: str, title: str, body: str) -> str:
    """Write an open issue, in place of the one with its marker; return its address."""
    content = {"title": title, "body": body}
    for existing in _open(api, repository, body):
        return api("PATCH", f"repos/{repository}/issues/{existing['number']}", content)["html_url"]
    return api("POST", f"repos/{repository}/issues", content)["html_url"]


def close(api: Api, repository: str, body: str) -> list[str]:
    """Close the open issues with the body's marker; return their addresses. The body has the reason."""
    return [
        api("PATCH", f"repos/{repository}/issues/{existing['number']}", {"body": body, "state": "closed"})["html_url"]
        for existing in _open(api, repository, body)
    ]


def _open(api: Api, repository: str, body: str) -> Iterator[Mapping[str, Any]]:
    # List instead of search, because the search's index is minutes behind.
    issues = api("GET", f"repos/{repository}/issues?state=open&per_page=100", None)
    return _ours([issue for issue in issues if "pull_request" not in issue], body)


def _ours(items: list[Mapping[str, Any]], body: str) -> Iterator[Mapping[str, Any]]:
    marker = body.partition("\n")[0]
    if not MARKER.fullmatch(marker):
        raise UserError(f"the text begins with {marker[:80]}, which is no marker; create it: python -m ops preview run")
    return (item for item in items if item["user"]["login"] == BOT and (item["body"] or "").startswith(marker))
