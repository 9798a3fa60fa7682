"""Teams: their members and creations.

A team changes under its row's lock. Another account's team is not there; what only its owner may do is refused to
its members.
"""

import builtins
import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row, Select, func, or_, select

from service.apis.generor import people, shapes
from service.apis.pages import page
from service.apis.request import Request
from service.errors import Forbidden, NotFound, ValidationError
from service.store.clock import now, plain
from service.store.list_counts import counted, narrowed
from service.store.tables import MADE, accounts, team_members, teams
from service.store.tables import creations as made
from service.store.upsert import upsert


def list(request: Request) -> dict[str, Any]:
    """List the teams that the caller is in."""
    return page(request, _of_caller(request), teams.c.id, _teams)


def create(request: Request) -> dict[str, Any]:
    """Make a team, the caller its owner and first member."""
    row = {"name": request.input["name"], "owner_id": request.caller.user_id, "invite_code": _new_code()}
    query = sa.insert(teams).values(**row, created_at=now()).returning(teams)
    team = request.db.execute(query).one()
    _enter(request, team.id, team.owner_id)
    return _detail(request, team)


def get(request: Request) -> dict[str, Any]:
    """Read a team of the caller's with its members. Raises NotFound."""
    return _detail(request, _team(request))


def leave(request: Request) -> dict[str, Any]:
    """Be in a team no longer. Raises NotFound.

    An owner's place goes to whoever has been in it longest.
    """
    team = _team(request, changing=True)
    _remove(request, team.id, request.caller.user_id)
    if team.owner_id == request.caller.user_id:
        _hand_over(request, team.id)
    return {"team_id": team.id, "left": True}


def add_member(request: Request) -> dict[str, Any]:
    """Let a user in by name, as every member may. Raises NotFound for either."""
    team = _team(request, changing=True)
    user = people.named(request, request.input["username"])
    _enter(request, team.id, user.user_id)
    return next(member for member in _members(request, team) if member["user_id"] == user.user_id)


def remove_member(request: Request) -> dict[str, Any]:
    """Put a member out, and renew the invite code, for the owner only.

    Raises NotFound, Forbidden, and ValidationError for the owner, who leaves instead.
    """
    team, user_id = _owned(request), request.input["user_id"]
    if user_id == team.owner_id:
        raise ValidationError.at("/user_id", "is the owner's own; DELETE /teams/{id} leaves the team")
    if not _remove(request, team.id, user_id):
        raise NotFound("Member not found")
    # Whoever was put out knows the code.
    _change(request, team.id, invite_code=_new_code())
    return {"team_id": team.id, "user_id": user_id, "removed": True}


def join(request: Request) -> dict[str, Any]:
    """Enter the team whose invite code this is. Raises NotFound."""
    query = select(teams).where(teams.c.invite_code == request.input["invite_code"]).with_for_update()
    team = request.db.execute(query).one_or_none()
    if team is None:
        raise NotFound("There is no team with this invite code")
    _enter(request, team.id, request.caller.user_id)
    return _detail(request, team)


def invite(request: Request) -> dict[str, Any]:
    """Make a new invite code, for the owner only; the one before admits nobody from now on.

    Raises NotFound, Forbidden.
    """
    team, code = _owned(request), _new_code()
    _change(request, team.id, invite_code=code)
    return {"team_id": team.id, "invite_code": code}


def creations(request: Request) -> dict[str, Any]:
    """List the creations of a team: everybody's public ones, and the caller's own private ones. Raises NotFound."""
    team_id, account_id = _team(request).id, request.caller.account_id
    seen = or_(made.c.privacy_mode == 0, made.c.account_id == account_id)
    query = select(made).where(MADE, made.c.team_id == team_id, seen)
    private = counted("creations.team_private", narrowed(team_id, account_id))
    return page(request, query, made.c.id, shapes.creation, counts=counted("creations.team", team_id) | private)


def of_caller(request: Request) -> builtins.list[dict[str, Any]]:
    """Return all teams that the caller is in, the oldest first."""
    return _teams(request, request.db.execute(_of_caller(request).order_by(teams.c.id)).all())


def _of_caller(request: Request) -> Select[*tuple[Any, ...]]:
    mine = team_members.c.user_id == request.caller.user_id
    return select(teams).join(team_members, team_members.c.team_id == teams.c.id).where(mine)


def _team(request: Request, changing: bool = False) -> Row[Any]:
    """Return the caller's team asked for, locked where it is to be changed. Raises NotFound for another's."""
    query = select(teams).where(teams.c.id == request.input["id"])
    team = request.db.execute(query.with_for_update() if changing else query).one_or_none()
    mine = (team_members.c.team_id == request.input["id"]) & (team_members.c.user_id == request.caller.user_id)
    if team is None or request.db.execute(select(team_members.c.team_id).where(mine)).first() is None:
        raise NotFound("Team not found")
    return team


def _owned(request: Request) -> Row[Any]:
    """Return the same, locked, of the caller. Raises NotFound, and Forbidden for the other members."""
    team = _team(request, changing=True)
    if team.owner_id != request.caller.user_id:
        raise Forbidden("Only the team's owner may do this.")
    return team


def _enter(request: Request, team_id: int, user_id: int) -> None:
    row = {"team_id": team_id, "user_id": user_id, "joined_at": now()}
    upsert(request.db, team_members, ("team_id", "user_id"), row)


def _remove(request: Request, team_id: int, user_id: int) -> bool:
    this = (team_members.c.team_id == team_id) & (team_members.c.user_id == user_id)
    return bool(request.db.execute(sa.delete(team_members).where(this)).rowcount)


def _hand_over(request: Request, team_id: int) -> None:
    """Give the team another owner.

    One that nobody is in keeps its row, so that its number is never another team's; its code dies.
    """
    query = select(team_members.c.user_id).where(team_members.c.team_id == team_id)
    heir = request.db.execute(query.order_by(team_members.c.joined_at, team_members.c.user_id).limit(1)).scalar()
    _change(request, team_id, **({"invite_code": _new_code()} if heir is None else {"owner_id": heir}))


def _change(request: Request, team_id: int, **values: Any) -> None:
    request.db.execute(sa.update(teams).where(teams.c.id == team_id).values(**values))


def _new_code() -> str:
    return secrets.token_hex(10)


def _detail(request: Request, team: Row[Any]) -> dict[str, Any]:
    return _teams(request, [team])[0] | {"members": _members(request, team)}


def _teams(request: Request, rows: Sequence[Row[Any]]) -> builtins.list[dict[str, Any]]:
    counted = select(team_members.c.team_id, func.count().label("members")).group_by(team_members.c.team_id)
    counted = counted.where(team_members.c.team_id.in_([row.id for row in rows]))
    members = {row.team_id: row.members for row in request.db.execute(counted)}
    return [
        {
            "team_id": row.id,
            "name": row.name,
            "owner_id": row.owner_id,
            "role": _role(row, request.caller.user_id),
            "member_count": members[row.id],
            "invite_code": row.invite_code,
            "created_at": plain(row.created_at),
        }
        for row in rows
    ]


def _members(request: Request, team: Row[Any]) -> builtins.list[dict[str, Any]]:
    """Everybody in the team, the longest there first."""
    query = select(*people.SHOWN, team_members.c.joined_at)
    query = query.join(team_members, team_members.c.user_id == accounts.c.user_id)
    found = query.where(team_members.c.team_id == team.id).order_by(team_members.c.joined_at, accounts.c.user_id)
    return [
        {
            "user_id": row.user_id,
            "username": row.name,
            "avatar": row.avatar,
            "role": _role(team, row.user_id),
            "joined_at": plain(row.joined_at),
        }
        for row in request.db.execute(found)
    ]


def _role(team: Row[Any], user_id: int) -> str:
    return "owner" if team.owner_id == user_id else "member"
