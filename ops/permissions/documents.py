"""All documents of a fleet, by name, and the roles that have them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ops.permissions import changing, looking, names
from ops.permissions.looking import State
from ops.permissions.scope import Scope
from ops.permissions.statements import Document, fitting

ROLES: Mapping[str, tuple[str, ...]] = {
    "preview": ("preview", "state-read"),
    "drift": ("look", "state-read"),
    "update": ("look", "network", "clusters", "identity", "leftovers", "recover", "state-write"),
    "operator": ("operator", "state-read"),
    "names": ("names",),
}
"""The documents that each role needs. `update` also destroys."""


def documents(scope: Scope, state: State | None = None, zones: Collection[str] = ()) -> dict[str, Document]:
    """Return the documents by name. A document that is too long for IAM is in parts: `clusters`, `clusters-2`, ...

    Without a bastion there is no operator's document. Without a state in a bucket there are none of the state, and
    without hosted zones none of names.
    """
    by_name = {
        "preview": looking.preview(scope),
        "look": looking.look(scope),
        "network": changing.network(scope),
        "clusters": changing.clusters(scope),
        "identity": changing.identity(scope),
        "leftovers": changing.leftovers(scope),
        "recover": changing.recover(scope),
    }
    if scope.bastion_region:
        by_name["operator"] = looking.operator(scope)
    if state:
        by_name |= {"state-read": looking.state_read(scope, state), "state-write": looking.state_write(scope, state)}
    if zones:
        by_name["names"] = names.names(scope, zones)
    return {part: policy for name, whole in by_name.items() for part, policy in fitting(name, whole)}


def of_role(role: str, by_name: Mapping[str, Document]) -> dict[str, Document]:
    """Return the documents that a role needs, by name, including parts."""
    return {name: policy for name, policy in by_name.items() if re.sub(r"-\d+$", "", name) in ROLES[role]}
