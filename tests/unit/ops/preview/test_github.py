"""A single comment and issue, found by its marker, on a GitHub of this file's own, as small as its API allows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ops.errors import UserError
from ops.preview import github
from ops.preview.comment import DRIFT, About

pytestmark = pytest.mark.unit

DEV = f"{About(stack='dev').marker}\none"
PROD = f"{About(stack='dev2').marker}\none"
GONE = f"{About(stack='dev', kind=DRIFT).marker}\nnone"


class Hub:
    """Comments of pull request 7, and issues."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []

    def api(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        where, _, query = path.partition("?")
        kept = self.comments if "comments" in where else self.issues
        if method == "GET":
            assert "per_page=100" in query
            return [one for one in kept if "state=open" not in query or one["state"] == "open"]
        assert body
        if method == "PATCH":
            one = next(one for one in kept if str(one["number"]) == where.rsplit("/", 1)[1])
            one.update(body)
            return one
        assert where in ("repos/a/b/issues/7/comments", "repos/a/b/issues")
        return self.put(kept, **body)

    def put(self, kept: list[dict[str, Any]], login: str = github.BOT, **body: Any) -> dict[str, Any]:
        number = len(kept) + 1
        kept.append(
            {
                "id": number,
                "number": number,
                "user": {"login": login},
                "state": "open",
                "html_url": f"#{number}",
                **body,
            }
        )
        return kept[-1]


def test_a_second_preview_updates_the_comment_of_the_first() -> None:
    hub = Hub()
    assert github.comment(hub.api, "a/b", 7, DEV) == "#1"
    assert github.comment(hub.api, "a/b", 7, PROD) == "#2"
    assert github.comment(hub.api, "a/b", 7, DEV.replace("one", "two")) == "#1"
    assert [one["body"] for one in hub.comments] == [DEV.replace("one", "two"), PROD]


def test_a_comment_with_the_marker_that_somebody_else_wrote_is_left_alone() -> None:
    hub = Hub()
    hub.put(hub.comments, login="mallory", body=DEV)
    hub.put(hub.comments, body=f"As I said: {DEV}")
    assert github.comment(hub.api, "a/b", 7, DEV) == "#3"
    assert len(hub.comments) == 3


def test_a_drift_has_one_open_issue_until_it_is_gone() -> None:
    hub = Hub()
    hub.put(hub.issues, body=GONE, pull_request={})
    drift = GONE.replace("none", "a tag")
    assert github.issue(hub.api, "a/b", "Drift of dev", drift) == "#2"
    assert github.issue(hub.api, "a/b", "Drift of dev", drift + "s") == "#2"
    assert hub.issues[1]["body"] == drift + "s" and hub.issues[1]["title"] == "Drift of dev"
    assert github.close(hub.api, "a/b", GONE) == ["#2"]
    assert hub.issues[1]["state"] == "closed" and hub.issues[1]["body"] == GONE
    assert github.close(hub.api, "a/b", GONE) == []
    assert github.issue(hub.api, "a/b", "Drift of dev", drift) == "#3", "what comes back is an issue of its own"
    assert hub.issues[0]["state"] == "open", "a pull request is no issue"


@pytest.mark.parametrize("body", ["", "hello", "<!-- previews: preview of dev --> x\n", "<!-- -->\n"])
def test_a_text_without_a_marker_is_not_written(body: str) -> None:
    hub = Hub()
    with pytest.raises(UserError, match=r"the text begins with .*, which is no marker; create it: python"):
        github.comment(hub.api, "a/b", 7, body)
    assert not hub.comments


GH = """#!/usr/bin/env python3
import json, sys
from pathlib import Path
here = Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(json.dumps([sys.argv[1:], sys.stdin.read()]) + "\\n")
if (here / "trouble").exists():
    sys.exit((here / "trouble").read_text())
print('[[{"id": 1}], [{"id": 2}]]' if "GET" in sys.argv else '{"html_url": "#1"}')
"""


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a `gh` that writes down its calls and answers as the real one does: a list as a list of pages."""
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def test_gh_is_called_with_the_body_on_standard_input_and_lists_are_whole(gh: Path) -> None:
    assert github.gh("GET", "repos/a/b/issues?per_page=100") == [{"id": 1}, {"id": 2}]
    assert github.gh("POST", "repos/a/b/issues", {"body": "geheim"}) == {"html_url": "#1"}
    calls = [json.loads(line) for line in (gh / "calls").read_text().splitlines()]
    assert calls[0][0] == ["api", "--method", "GET", "repos/a/b/issues?per_page=100", "--paginate", "--slurp"]
    assert calls[1] == [["api", "--method", "POST", "repos/a/b/issues", "--input", "-"], '{"body": "geheim"}']


def test_a_refusal_by_gh_is_an_error_with_what_to_check(gh: Path) -> None:
    (gh / "trouble").write_text("HTTP 403: Resource not accessible by integration")
    with pytest.raises(UserError, match=r"gh api POST x: HTTP 403.*integration; check the job's permissions"):
        github.gh("POST", "x", {})


def test_without_gh_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match="gh: not found on PATH; install GitHub's command line"):
        github.gh("GET", "x")
