"""Whether an account wants its beacons signed, and the secrets that its own server signs with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "accounts",
        sa.Column("signed_beacons", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "beacon_secrets",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_beacon_secrets_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_beacon_secrets")),
    )
    op.create_index(op.f("ix_beacon_secrets_account_id"), "beacon_secrets", ["account_id"])
