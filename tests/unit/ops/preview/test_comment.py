"""The text of comments: names and values are never markup, and the length is within GitHub's limit."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from hypothesis import given
from hypothesis import strategies as st

from ops.preview.comment import LIMIT, About, comment, whole
from ops.preview.model import Change, Fate, Message, Preview, Resource, Violation

pytestmark = pytest.mark.unit

ABOUT = About(stack="dev", page="https://github.com/a/b/actions/runs/1")
NASTY = [
    "\n```\n# ☠ @team\n```\n",
    "\n\n    ````\n☠ <b>@team</b>",
    "</code></summary></details><b>☠</b> @team",
    "`` ` ☠ ` ``` @team [☠](https://example.org)",
    "--> <!-- ☠ @team",
]
"""Texts that would end a block of code, inline code, or the HTML around them."""
EVIL = st.one_of(
    st.sampled_from(NASTY),
    st.text(alphabet="`*_[]()<>!@#|&\\~-+:\"'\n\r\t ☠a1\u202e\x00", min_size=1, max_size=30).map(
        lambda text: f"☠{text}☠"
    ),
)
TAGS = {"h3", "h4", "p", "blockquote", "strong", "ul", "li", "code", "pre", "details", "summary", "a", "br"}


class Page(HTMLParser):
    """A comment as GitHub's own parser renders it: the tags, the links, and the text outside code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.prose = ""
        self.code: list[str] = []
        self.feed(github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "code":
            self.code.append("")
        if tag == "a":
            self.links.append(dict(attrs)["href"])
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.code[-1] += data
        else:
            self.prose += data


def urn(name: str, type_: str = "aws:eks/cluster:Cluster") -> str:
    return f"urn:pulumi:dev::federated-eks::a:b:C${type_}::{name}"


def resource(name: str, fate: Fate = Fate.CHANGED, *changes: Change, **more: Any) -> Resource:
    return Resource(urn=urn(name), fate=fate, op=fate.name.lower(), changes=changes, **more)


def preview(*resources: Resource, **more: Any) -> Preview:
    usual: dict[str, Any] = {"unchanged": 3, "violations": (), "packs": {}, "messages": (), "complete": True}
    return Preview(resources=resources, **{**usual, **more})


def violation(level: str = "mandatory", policy: str = "no-public", message: str = "It is public.") -> Violation:
    return Violation(level=level, policy=policy, pack="pack", message=message, urn=urn("c"))


@given(st.sampled_from(Fate), EVIL, EVIL, EVIL, EVIL, EVIL)
def test_names_and_values_are_never_markup(
    fate: Fate, name: str, path: str, value: str, message: str, policy: str
) -> None:
    changes = [Change(path=path, old=value, new=[value, {name: 1}]), Change(path=path, new=value)] * 8
    result = preview(
        resource(name, fate, *changes, id=value, reasons=[path]),
        violations=[violation(policy=policy, message=message)],
        messages=[Message(severity=one, text=message, urn=urn(name)) for one in ("error", "warning")],
        packs={name: value},
    )
    for text in (comment(result, ABOUT), whole(result, ABOUT)):
        page = Page(text)
        assert not page.open
        assert set(page.tags) <= TAGS
        assert "☠" not in page.prose and "@" not in page.prose and "\u202e" not in text and "\x00" not in text
        assert page.links == [ABOUT.page]
        assert page.tags.count("details") == page.tags.count("summary")


@given(
    st.lists(st.tuples(st.sampled_from(Fate), st.text(max_size=400), st.text(max_size=3000)), max_size=60),
    st.text(max_size=9000),
)
def test_a_comment_is_within_github_s_limit(resources: list[tuple[Fate, str, str]], message: str) -> None:
    result = preview(
        *(
            resource(f"{name}-{place}", fate, *[Change(path=f"p{i}", old=value, new=f"{value}!") for i in range(40)])
            for place, (fate, name, value) in enumerate(resources)
        ),
        resource("last", Fate.REPLACED, reasons=[f"{message[:300]}{place}" for place in range(5000)], cause=True),
        messages=[Message(severity="error", text=message)] * 30,
    )
    text = comment(result, ABOUT)
    assert len(text.encode()) <= LIMIT
    assert text.startswith(ABOUT.marker)
    assert ("longer than GitHub" in text) == (len(whole(result, ABOUT).encode()) > LIMIT) or "characters)" in text


def test_a_shortened_comment_says_where_the_full_report_is() -> None:
    news = [
        resource(f"n{place}", Fate.NEW, *(Change(path=f"p{deep}", new=f"{place}{'x' * 150}") for deep in range(20)))
        for place in range(400)
    ]
    result = preview(resource("lost", Fate.DELETED), *news)
    text = comment(result, ABOUT)
    assert LIMIT - 4_000 < len(text.encode()) <= LIMIT
    assert f"The whole: [on the run's page]({ABOUT.page})." in text
    assert text.index("`lost`") < text.index("<code>n0</code>")
    assert "<code>n0</code>" in text and "`n399`" in text, (
        "every resource is named, though not every one is shown in full"
    )
    assert "The whole: `pulumi preview --diff --stack dev`." in comment(result, About(stack="dev"))
    many = preview(*(resource(f"{'n' * 200}{place}", Fate.NEW) for place in range(900)))
    assert " more\n" in comment(many, ABOUT)


def test_replacements_and_deletions_come_first_and_by_name() -> None:
    result = preview(
        resource("a", Fate.NEW),
        resource("b", Fate.DELETED),
        resource("c", Fate.REPLACED, reasons=["kubernetesNetworkConfig.serviceIpv4Cidr"]),
    )
    lines = comment(result, ABOUT).splitlines()
    assert lines[1] == "### Preview of `dev`: 1 replaced, 1 deleted, 1 new"
    assert lines[3:9] == [
        "> [!CAUTION]",
        "> **1 resource replaced: each goes, with what it holds, and another takes its place.**",
        "> - `c` `aws:eks/cluster:Cluster`, for `kubernetesNetworkConfig.serviceIpv4Cidr`",
        ">",
        "> **1 resource deleted, with what they hold.**",
        "> - `b` `aws:eks/cluster:Cluster`",
    ]


def test_of_many_deletions_the_components_are_named() -> None:
    parts = [resource(f"r{place}", Fate.DELETED, parent=urn("whole")) for place in range(40)]
    alert = comment(preview(*parts, resource("whole", Fate.DELETED)), ABOUT).partition("####")[0]
    assert "> - `whole` `aws:eks/cluster:Cluster`\n> - and 40 more, below" in alert
    assert "r1" not in alert


def test_of_many_replacements_the_cause_is_named() -> None:
    follows = [resource(f"r{place:02}", Fate.REPLACED) for place in range(12)]
    first = resource("z", Fate.REPLACED, reasons=["a"], cause=True)
    alert = comment(preview(*follows, first), ABOUT)
    assert "> - `z` `aws:eks/cluster:Cluster`, for `a`\n> - and 12 more, below" in alert
    alert = comment(preview(follows[0], first), ABOUT)
    assert "> - `z` `aws:eks/cluster:Cluster`, for `a`\n> - `r00` `aws:eks/cluster:Cluster`\n" in alert


def test_resources_with_equal_changes_are_one_item() -> None:
    change = Change(path="p", old=1, new=2)
    result = preview(
        resource("a", Fate.CHANGED, change), resource("b", Fate.CHANGED, change), resource("c", Fate.CHANGED)
    )
    assert "`~` `a`, `b` `aws:eks/cluster:Cluster`\n```diff\n- p: 1\n+ p: 2\n```\n\n- `~` `c` " in comment(
        result, ABOUT
    )
    many = preview(*(resource(f"r{place:02}", Fate.CHANGED, change) for place in range(20)))
    assert "`r11` `aws:eks/cluster:Cluster` and 8 more\n" in comment(many, ABOUT)
    assert "`r19` `aws:eks/cluster:Cluster`\n" in whole(many, ABOUT)


def test_mandatory_policies_come_first_and_equal_violations_are_one_item() -> None:
    result = preview(violations=[violation("advisory", "a"), violation("remediate", "b"), violation(), violation()])
    text = comment(result, ABOUT)
    assert "### Preview of `dev`: refused by policies; no changes" in text
    assert "**2 violations of mandatory policies:** the update would be refused." in text
    places = [text.index(part) for part in ("**mandatory** `no-public`", "`remediate` `b`", "`advisory` `a`")]
    assert places == sorted(places)
    assert text.count("`no-public`") == 1


def test_a_preview_that_failed_says_so_first_and_why() -> None:
    result = preview(messages=[Message(severity="error", text="no\nsuch region")], complete=False)
    text = comment(result, ABOUT)
    assert "### Preview of `dev`: failed" in text
    assert text.index("failed") < text.index("no\nsuch region")


def test_a_long_diff_is_folded_and_a_short_one_is_not() -> None:
    short = comment(preview(resource("a", Fate.CHANGED, Change(path="p", old=1, new=2))), ABOUT)
    assert "<details>" not in short and "- p: 1\n+ p: 2\n" in short
    many = [Change(path=f"p{place}", old=1, new=2) for place in range(7)]
    assert "<code>~</code> <code>a</code>" in comment(preview(resource("a", Fate.CHANGED, *many)), ABOUT)


def test_a_stack_whose_name_could_end_the_marker_is_refused() -> None:
    with pytest.raises(ValueError, match=r"--stack: dev --> can't be a stack's name; use letters"):
        About(stack="dev -->")
