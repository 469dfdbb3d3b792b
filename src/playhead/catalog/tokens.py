"""API tokens: made once, shown once, kept as a hash."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select

from playhead.catalog.database import Database
from playhead.catalog.names import clean_text, new_token_secret, now_ms
from playhead.catalog.records import Scope, Token
from playhead.catalog.tables import TokenRow


class Tokens:
    """Makes, finds and revokes tokens (contract/stats-api.md, Authentication)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, account_id: int, name: str, scopes: Sequence[Scope] = tuple(Scope)
    ) -> tuple[Token, str]:
        """Make a token; the second value is its secret, which nothing can show again."""
        secret = new_token_secret()
        row = TokenRow(
            account_id=account_id,
            hash=_hash(secret),
            hint=secret[:8],
            name=clean_text(name, 200),
            scopes=[scope.value for scope in scopes],
            created_ms=now_ms(),
        )
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return _token(row), secret

    def find(self, secret: str) -> Token | None:
        """The token with this secret, unless it is unknown or revoked."""
        with self._database.read() as session:
            row = session.scalar(
                select(TokenRow).where(
                    TokenRow.hash == _hash(secret), TokenRow.revoked_ms.is_(None)
                )
            )
            return _token(row) if row else None

    def list(self, account_id: int) -> list[Token]:
        """All tokens of an account, oldest first, the revoked ones too."""
        with self._database.read() as session:
            rows = session.scalars(
                select(TokenRow).where(TokenRow.account_id == account_id).order_by(TokenRow.id)
            )
            return [_token(row) for row in rows]

    def end(self, account_id: int, token_id: int) -> Token | None:
        """End a token of the account for good, if it is not yet. None: it has no such token."""
        with self._database.write() as session:
            row = session.get(TokenRow, token_id)
            if row is None or row.account_id != account_id:
                return None
            if row.revoked_ms is None:
                row.revoked_ms = now_ms()
            return _token(row)

    def revoke(self, token_id: int) -> bool:
        """End a token for good. False: there is no such token, or it was revoked before."""
        with self._database.write() as session:
            row = session.get(TokenRow, token_id)
            if row is None or row.revoked_ms is not None:
                return False
            row.revoked_ms = now_ms()
            return True


def _hash(secret: str) -> bytes:
    # A plain hash will do: the secret is 200 random bits, not a password that can be guessed.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        account_id=row.account_id,
        hint=row.hint,
        name=row.name,
        scopes=tuple(Scope(scope) for scope in row.scopes),
        created_ms=row.created_ms,
        revoked_ms=row.revoked_ms,
    )
