"""Sessions in the database, for keys that could be one of ours."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

# When the person signed in, in seconds, by the database's clock.
SIGNED_IN_AT = "signed_in_at"
# The id of the `SignIn` that this session belongs to.
SIGN_IN_ID = "sign_in"
# Why somebody was signed out, and after how many minutes, for the page that they sign in at again.
SIGNED_OUT_BECAUSE = "signed_out_because"


class SessionStore(DatabaseStore):
    """Ignores a cookie that no session of ours could have, such as one with a NUL, which is an error to PostgreSQL."""

    @classmethod
    def get_model_class(cls) -> type:
        """The table stays the same."""
        return DatabaseStore.get_model_class()

    def _validate_session_key(self, key: str | None) -> bool:
        is_plausible: bool = super()._validate_session_key(key)  # type: ignore[misc]
        return is_plausible and key is not None and key.isascii() and key.isalnum()
