"""Tables of what Generor's users do with each other: follows, teams, comments, votes, ratings."""

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from service.store.tables.base import at, metadata, serial

follows = Table(
    "follows",
    metadata,
    serial(),
    Column("follower_id", Integer, nullable=False),
    Column("followed_id", Integer, nullable=False, index=True),
    at("created_at"),
    UniqueConstraint("follower_id", "followed_id"),
)

teams = Table(
    "teams",
    metadata,
    serial(),
    Column("name", String(200), nullable=False),
    Column("owner_id", Integer, nullable=False),
    Column("invite_code", String(40), nullable=False, unique=True),
    at("created_at"),
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", Integer, nullable=False),
    Column("user_id", Integer, nullable=False, index=True),
    at("joined_at"),
    PrimaryKeyConstraint("team_id", "user_id"),
)

comments = Table(
    "comments",
    metadata,
    serial(),
    Column("creation_id", Integer, nullable=False),
    Column("user_id", Integer, nullable=False),
    Column("parent_id", Integer),
    Column("text", Text, nullable=False),
    at("created_at"),
    at("deleted_at", nullable=True),
    Index("ix_comments_creation_id_id", "creation_id", "id"),
)

comment_votes = Table(
    "comment_votes",
    metadata,
    Column("comment_id", Integer, nullable=False),
    Column("user_id", Integer, nullable=False),
    Column("up", Boolean, nullable=False),
    PrimaryKeyConstraint("comment_id", "user_id"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("creation_id", Integer, nullable=False),
    Column("user_id", Integer, nullable=False),
    Column("score", Integer, nullable=False),
    at("created_at"),
    PrimaryKeyConstraint("creation_id", "user_id"),
)
