"""A rotation: the members that get new tokens, the update that creates them, and the proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ops.errors import UserError
from ops.rotate.host import Host, Member
from ops.rotate.update import Pulumi


def chosen(stack: str, members: Sequence[Member], only: Sequence[str]) -> list[Member]:
    """Return the members to rotate; all without `only`. Raise UserError for a name that is none of theirs."""
    names = list(dict.fromkeys(member.name for member in members))
    for name in only:
        if name not in names:
            raise UserError(f"--member: {name} is no member of {stack}; use one of {', '.join(names) or 'none'}")
    return [member for member in members if not only or member.name in only]


def mark(host: Host, members: Sequence[Member], say: Callable[[str], None]) -> None:
    """Have the next update replace the members' accounts. Raise UserError."""
    for member in members:
        host.mark(member)
        say(f"{member.name}: marked; its next update replaces the token in {member.token}")


def rotate(connect: Callable[[], Host], pulumi: Pulumi, members: Sequence[Member], say: Callable[[str], None]) -> None:
    """Replace the members' accounts, and check that the engines use the new ones. Raise UserError.

    `connect` signs in to the engines' APIs, each time by the stack's outputs as they are then: an update may have ended
    the token by which they were read before.
    """
    mark(connect(), members, say)
    pulumi.update()
    after = {(member.engine, member.name): member for member in connect().members()}
    wrong: list[str] = []
    for before in members:
        now = after.get((before.engine, before.name))
        if now is None or now.secret == before.secret:
            wrong.append(f"{before.name} still has the token in {before.token}")
        elif now.trouble:
            wrong.append(f"{before.name} is not Ready: {now.trouble}")
        else:
            say(f"{before.name}: Ready by the token in {now.token}; {now.done}")
    if wrong:
        raise UserError(
            f"--stack: {'; '.join(wrong)}; see `kubectl get kubefedclusters -A` on the host, with Karmada `kubectl get "
            "clusters`, and run this again"
        )
