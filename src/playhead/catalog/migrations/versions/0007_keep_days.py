"""For how many days an account keeps its sessions; 0: for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.Column("keep_days", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("accounts", kept)
