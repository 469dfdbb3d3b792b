"""Names stand in the order of their letters' numbers, in PostgreSQL as in SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("projects", "medias"):
        op.alter_column(
            table,
            "name",
            existing_type=sa.String(length=500),
            type_=sa.String(length=500, collation="C"),
            existing_nullable=False,
        )
