"""What a fleet's work was cut into, and what each shard came to."""

import sqlalchemy as sa
from alembic import op

from cafe24.database.columns import RawJson, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "fan_out",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("flow", sa.String(length=63), nullable=False),
        sa.Column("malls", sa.Integer(), nullable=False),
        sa.Column("shards", sa.Integer(), nullable=False),
        sa.Column("open_shards", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("counts", RawJson(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_fan_out_started_at"), "fan_out", ["started_at"], unique=False)
    op.create_table(
        "fan_out_shard",
        sa.Column("fan_out_id", sa.String(length=36), nullable=False),
        sa.Column("shard_no", sa.Integer(), nullable=False),
        sa.Column("mall_ids", RawJson(), nullable=False),
        sa.Column("malls", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("spread_s", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("counts", RawJson(), nullable=True),
        sa.Column("failures", RawJson(), nullable=True),
        sa.ForeignKeyConstraint(["fan_out_id"], ["fan_out.id"]),
        sa.PrimaryKeyConstraint("fan_out_id", "shard_no"),
    )
