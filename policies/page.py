"""The page that lists the rules: `python -m policies.page docs/policies.md` writes it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from policies.pack import RULES, SUBJECTS
from policies.rule import Level, Rule, StackRule

HEAD = """# Policies

{count} rules for a fleet. `pulumi preview --policy-pack policies` checks them, and so does `pulumi up` with the flag.
Pulumi judges each resource by its inputs, before it creates or changes the resource. A violation of a mandatory rule
fails a preview, and stops an update before the resource is touched. Values that a preview doesn't know yet are judged
in the update. Rules on the whole stack are judged after the program has ended, by all inputs and all dependencies. By
then an update has already changed resources; a preview has not.

Set a stack's own levels and parameters in a file for `--policy-pack-config`:

```json
{{
  "log-retention": {{"days": 365}},
  "cluster-creator": "mandatory",
  "disk-type": {{"enforcementLevel": "advisory", "types": ["gp3", "io2"]}}
}}
```

Generated from the rules in `policies/` by `python -m policies.page docs/policies.md`.
"""


def page() -> str:
    """Return the page in Markdown."""
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
        yield f"- Reason for the level: {rule.reason}"
    yield f"- Fix: {rule.fix}."
    for name, parameter in rule.parameters.items():
        yield f"- Parameter `{name}`: {parameter.what} Default: `{json.dumps(parameter.default)}`."
    yield f"- Source: {'; '.join(rule.sources)}"


def main(argv: Sequence[str]) -> None:
    """Write the page to a file."""
    (file,) = argv
    Path(file).write_text(page())


if __name__ == "__main__":
    main(sys.argv[1:])
