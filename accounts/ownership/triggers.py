"""The database's own guard: an account that has owners keeps one (K2, C17).

Actions hold the rule already; this holds it for whatever goes round them, such as a shell. Whoever takes ownership from
a member, moves an owner or deletes anybody has the account's row locked by it, the same lock that actions take, and is
refused where no owner would be left. It does not wait for that lock: an action that holds it may itself be waiting for
the member's row. The way out is an account that was closed and whose time to reopen has passed: it is erased whole. It
is shut while erasing has to wait: the account is locked, or a request about who owns it is open (A72).

Installed after every `migrate` rather than by a migration: on SQLite a migration that alters a table makes it anew
without its triggers, and cannot do so while another table's trigger names it.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.models import Account

_POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION accounts_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        BEGIN
            PERFORM 1 FROM accounts_account WHERE id = OLD.account_id FOR NO KEY UPDATE NOWAIT;
            -- A transaction that sees things as they were when it began now knows that it is too late.
            UPDATE accounts_account SET name = name WHERE id = OLD.account_id;
        EXCEPTION WHEN lock_not_available OR serialization_failure THEN
            RAISE EXCEPTION 'The account is being changed by somebody else at this moment. Try again.'
                USING ERRCODE = 'lock_not_available';
        END;
        IF OLD.is_owner AND NOT EXISTS (SELECT 1 FROM accounts_member WHERE account_id = OLD.account_id AND is_owner)
            AND EXISTS (
                SELECT 1 FROM accounts_account
                WHERE id = OLD.account_id AND (
                    erase_at IS NULL OR erase_at > clock_timestamp() OR locked_at IS NOT NULL
                    OR EXISTS (SELECT 1 FROM accounts_dispute WHERE account_id = OLD.account_id AND settled_at IS NULL)
                )
            )
        THEN
            RAISE EXCEPTION 'The account would have no owner. Make somebody else an owner first.'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER accounts_keep_an_owner_on_update
    AFTER UPDATE OF is_owner, account_id ON accounts_member
    FOR EACH ROW WHEN (OLD.is_owner AND (NOT NEW.is_owner OR NEW.account_id <> OLD.account_id))
    EXECUTE FUNCTION accounts_keep_an_owner()
    """,
    """
    CREATE OR REPLACE TRIGGER accounts_keep_an_owner_on_delete AFTER DELETE ON accounts_member
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_an_owner()
    """,
)
_POSTGRESQL_REMOVE = ("DROP FUNCTION IF EXISTS accounts_keep_an_owner() CASCADE",)

# A writer has SQLite to itself, so that there is no lock to take.
_SQLITE = (
    """
    CREATE TRIGGER IF NOT EXISTS accounts_keep_an_owner_on_update
    AFTER UPDATE OF is_owner, account_id ON accounts_member
    WHEN OLD.is_owner AND (NOT NEW.is_owner OR NEW.account_id <> OLD.account_id)
    BEGIN
        SELECT RAISE(ABORT, 'The account would have no owner. Make somebody else an owner first.')
        WHERE NOT EXISTS (SELECT 1 FROM accounts_member WHERE account_id = OLD.account_id AND is_owner)
            AND EXISTS (
                SELECT 1 FROM accounts_account
                WHERE id = OLD.account_id AND (
                    erase_at IS NULL OR erase_at > strftime('%Y-%m-%d %H:%M:%f', 'now') OR locked_at IS NOT NULL
                    OR EXISTS (SELECT 1 FROM accounts_dispute WHERE account_id = OLD.account_id AND settled_at IS NULL)
                )
            );
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS accounts_keep_an_owner_on_delete AFTER DELETE ON accounts_member WHEN OLD.is_owner
    BEGIN
        SELECT RAISE(ABORT, 'The account would have no owner. Make somebody else an owner first.')
        WHERE NOT EXISTS (SELECT 1 FROM accounts_member WHERE account_id = OLD.account_id AND is_owner)
            AND EXISTS (
                SELECT 1 FROM accounts_account
                WHERE id = OLD.account_id AND (
                    erase_at IS NULL OR erase_at > strftime('%Y-%m-%d %H:%M:%f', 'now') OR locked_at IS NOT NULL
                    OR EXISTS (SELECT 1 FROM accounts_dispute WHERE account_id = OLD.account_id AND settled_at IS NULL)
                )
            );
    END
    """,
)
_SQLITE_REMOVE = (
    "DROP TRIGGER IF EXISTS accounts_keep_an_owner_on_update",
    "DROP TRIGGER IF EXISTS accounts_keep_an_owner_on_delete",
)

_STATEMENTS = {"postgresql": (_POSTGRESQL, _POSTGRESQL_REMOVE), "sqlite": (_SQLITE, _SQLITE_REMOVE)}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the guard in place, or take it away where what it reads is not there. Doing it again changes nothing."""
    if _can_close_accounts(connection):
        _execute(connection, _STATEMENTS[connection.vendor][0])
    else:
        remove(connection)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guard away."""
    _execute(connection, _STATEMENTS[connection.vendor][1])


def _can_close_accounts(connection: BaseDatabaseWrapper) -> bool:
    """Whether migrations have come as far as the column that the guard looks at, and so to all else that it names."""
    table = Account._meta.db_table
    if table not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, table)
    return any(column.name == "erase_at" for column in columns)


def _execute(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
