"""A picture of a comment about as GitHub shows it: `python -m tests.unit.ops.preview.picture NAME FILE.png HEIGHT`.

It needs Chromium on PATH.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

from tests.unit.ops.preview.golden import GOLDEN

WIDTH = 900

STYLE = """
body { margin: 0; padding: 16px; font: 14px/1.5 "DejaVu Sans", sans-serif; color: #1f2328; background: #fff }
.comment { border: 1px solid #d1d9e0; border-radius: 6px; padding: 0 16px 8px }
h3, h4 { margin: 20px 0 12px } h3 { font-size: 17px }
code { font: 12px "DejaVu Sans Mono", monospace; background: #eff1f3; border-radius: 6px; padding: 2px 5px }
pre { background: #f6f8fa; border-radius: 6px; padding: 12px; margin: 6px 0 12px; white-space: pre-wrap }
pre code { background: none; padding: 0 }
ul { padding-left: 24px; margin: 8px 0 } p { margin: 10px 0 }
a { color: #0969da; text-decoration: none }
summary { cursor: pointer; margin: 6px 0 }
.alert { border-left: 4px solid; padding: 2px 14px; margin: 12px 0 }
.caution { border-color: #cf222e } .note { border-color: #0969da }
.caution b:first-child { color: #cf222e } .note b:first-child { color: #0969da }
.minus { background: #ffebe9; color: #82071e } .plus { background: #dafbe1; color: #116329 } .other { color: #953800 }
"""


def page(markdown: str) -> str:
    """The comment as a page: with the alerts and the diffs' colours that GitHub adds to what the parser makes."""
    body = github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    body = re.sub(
        r"<blockquote>\n<p>\[!(\w+)\](?:<br ?/?>)?\n?(.*?)</blockquote>",
        lambda found: f'<div class="alert {found[1].lower()}"><b>{found[1].capitalize()}</b><p>{found[2]}</div>',
        body,
        flags=re.DOTALL,
    )
    body = re.sub(r'(<pre lang="diff"><code>)(.*?)(</code>)', _colored, body, flags=re.DOTALL)
    return f'<meta charset="utf-8"><style>{STYLE}</style><div class="comment">{body}</div>'


def _colored(found: re.Match[str]) -> str:
    names = {"-": "minus", "+": "plus", "!": "other"}
    lines = [
        f'<span class="{names[line[0]]}">{line}</span>' if line[:1] in names else line for line in found[2].split("\n")
    ]
    return found[1] + "\n".join(lines) + found[3]


def main(name: str, file: Path, height: int) -> None:
    """Draw the first `height` pixels of a golden comment into a file."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(page((GOLDEN / f"{name}.md").read_text()))
        argv = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={folder}/profile"]
        argv += [f"--window-size={WIDTH},{height}", f"--screenshot={file}", f"file://{html.escape(folder)}/page.html"]
        subprocess.run(argv, check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), int(sys.argv[3]))
