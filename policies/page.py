"""The page that lists the rules: `python -m policies.page docs/policies.md` writes it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from policies.pack import RULES, SUBJECTS
from policies.rule import Level, Rule, StackRule

HEAD = """# Policies

{count} rules that a fleet has to keep to, checked by `pulumi preview --policy-pack policies`, and by `pulumi up` with
the same. Each resource is judged before it is made or changed, by its inputs: a violation of a mandatory rule fails a
preview, and stops an update before the resource is touched. What is not known yet in a preview, the update judges.
Rules on the whole stack are judged when the program has run to its end, by all inputs and by what is made from what; a
preview has touched nothing by then, an update has.

A stack's own levels and parameters are in a file for `--policy-pack-config`:

```json
{{
  "log-retention": {{"days": 365}},
  "cluster-creator": "mandatory",
  "disk-type": {{"enforcementLevel": "advisory", "types": ["gp3", "io2"]}}
}}
```

Made from the rules in `policies/` by `python -m policies.page docs/policies.md`.
"""


def page() -> str:
    """All of it, in Markdown."""
    parts = [HEAD.format(count=len(RULES))]
    for subject, rules in SUBJECTS.items():
        parts += [f"## {subject}\n", *("\n".join([*_entry(rule), ""]) for rule in rules)]
    return "\n".join(parts)


def _entry(rule: Rule) -> Iterator[str]:
    level = "" if rule.level is Level.MANDATORY else f", {rule.level.value}"
    yield f"### {rule.id}\n"
    yield f"{rule.what}\n"
    yield f"- Severity: {rule.severity.value}{level}{'; on the whole stack' if isinstance(rule, StackRule) else ''}"
    if rule.reason:
        yield f"- Why it is {rule.level.value}: {rule.reason}"
    yield f"- To keep to it: {rule.fix}."
    for name, one in rule.parameters.items():
        yield f"- Parameter `{name}`: {one.what} By default `{json.dumps(one.default)}`."
    yield f"- Source: {'; '.join(rule.sources)}"


def main(argv: Sequence[str]) -> None:
    """Write the page into a file."""
    (file,) = argv
    Path(file).write_text(page())


if __name__ == "__main__":
    main(sys.argv[1:])
