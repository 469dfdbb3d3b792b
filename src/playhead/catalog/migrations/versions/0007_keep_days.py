"""For how many days an account keeps its sessions; 0: for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as table:
        kept = sa.Column("keep_days", sa.BigInteger(), nullable=False, server_default="0")
        table.add_column(kept)
        table.alter_column("keep_days", existing_type=sa.BigInteger(), server_default=None)
