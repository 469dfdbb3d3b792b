"""What the whole API needs: public tokens, CORS origins, and the type of a media."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(
            sa.Column("public_token", sa.String(length=64), nullable=False, server_default="")
        )
        accounts.add_column(
            sa.Column("cors_origins", sa.JSON(), nullable=False, server_default="[]")
        )
    with op.batch_alter_table("medias") as medias:
        medias.add_column(
            sa.Column("type", sa.String(length=32), nullable=False, server_default="Video")
        )
    connection = op.get_bind()
    for (account_id,) in connection.execute(sa.text("SELECT id FROM accounts")).all():
        connection.execute(
            sa.text("UPDATE accounts SET public_token = :token WHERE id = :id"),
            {"token": secrets.token_urlsafe(18), "id": account_id},
        )
