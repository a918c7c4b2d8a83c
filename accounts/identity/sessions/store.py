"""Sessions in the database, under a hash of the key that the browser holds: who reads the table can use none (A23)."""

from hashlib import sha256
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from clinic.clock import machine_now

# When the person signed in, in seconds, by the database's clock.
SIGNED_IN_AT = "signed_in_at"
# The id of the `SignIn` that this session belongs to.
SIGN_IN_ID = "sign_in"
# Whether the password shown to sign in, or chosen since, is enough only beside two-factor authentication (A1).
SHORT_PASSWORD = "short_password"  # noqa: S105  (a name, not a password)

# As many hexadecimal digits as Django's column holds: 160 bits, hardly less than the key itself has (165). It is longer
# than any key, so that a row that Django's own store wrote, with its key in plain, is found by none.
_STORED_LENGTH = 40


def stored_key(key: str) -> str:
    """What the database holds of a key. A key has no pattern to guess, so that a quick hash does."""
    return sha256(key.encode()).hexdigest()[:_STORED_LENGTH]


class SessionStore(DatabaseStore):
    """Django's own, but for the key of a row.

    `session_key` is the browser's everywhere outside of this class, as Django expects it. Ignores a cookie that no
    session of ours could have, such as one with a NUL, which is an error to PostgreSQL.
    """

    @classmethod
    def get_model_class(cls) -> type:
        """The table stays the same."""
        return DatabaseStore.get_model_class()

    def exists(self, session_key: str) -> bool:
        """Whether a browser's key is in use."""
        return super().exists(stored_key(session_key))

    async def aexists(self, session_key: str) -> bool:
        """As `exists`."""
        return await super().aexists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row that is to be saved."""
        return _under_stored_key(super().create_model_instance(data))

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        """As `create_model_instance`."""
        return _under_stored_key(await super().acreate_model_instance(data))

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session of a browser's key, or this one."""
        key = self.session_key if session_key is None else session_key
        if key is not None:
            super().delete(stored_key(key))

    async def adelete(self, session_key: str | None = None) -> None:
        """As `delete`."""
        key = self.session_key if session_key is None else session_key
        if key is not None:
            await super().adelete(stored_key(key))

    def _get_session_from_db(self) -> Any:
        """The row, or None, and then a key that was made up elsewhere is forgotten: nobody chooses their own."""
        row = self._rows().first()
        if row is None:
            self._session_key = None
        return row

    async def _aget_session_from_db(self) -> Any:
        """As `_get_session_from_db`."""
        row = await self._rows().afirst()
        if row is None:
            self._session_key = None
        return row

    def _rows(self) -> Any:
        # Django writes `expire_date`, and sweeps by it, by this machine's clock.
        return self.model.objects.filter(session_key=stored_key(self.session_key or ""), expire_date__gt=machine_now())

    def _validate_session_key(self, key: str | None) -> bool:
        # What the base class has is no part of its types.
        is_plausible: bool = super()._validate_session_key(key)  # type: ignore[misc]
        return is_plausible and key is not None and key.isascii() and key.isalnum()


def _under_stored_key(row: Any) -> Any:
    row.session_key = stored_key(row.session_key)
    return row
