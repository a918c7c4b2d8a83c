"""The released states: which migrations a version of the product could have been deployed with, the oldest first.

A new migration goes into the last one, where that has not been deployed yet, else into a new one. A test fails until it
stands here, and then tries the way to it, and the old code beside it, from every state above.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """What one version of the product brought; `migrations` are those that the one before had not got."""

    name: str
    since: str
    migrations: tuple[str, ...]


RELEASES = (
    Release("main job", "2026-11-22", ("accounts.0001_initial", "practitioners.0001_initial")),
    Release("owners", "2026-11-22", ("accounts.0002_ownership",)),
    Release(
        "businesses and hours",
        "2026-11-22",
        ("accounts.0003_new_verbs", "practitioners.0002_where_and_when", "practitioners.0003_first_businesses"),
    ),
    Release("signing in", "2026-11-23", ("accounts.0004_signing_in",)),
    Release("passkeys", "2026-11-23", ("accounts.0005_passkeys",)),
    Release("mail outcomes", "2026-11-23", ("accounts.0006_mail_outcomes",)),
    Release(
        "every door shut",
        "2026-11-29",
        (
            "accounts.0007_invitation_email",
            "accounts.0008_one_spelling",
            "accounts.0009_known_browsers",
            "accounts.0010_limits_of_mail",
            "accounts.0011_support_reads",
            "accounts.0012_activity_clock",
        ),
    ),
    Release("where flows meet", "2026-11-30", ("accounts.0013_where_flows_meet",)),
    Release(
        "phone numbers",
        "2026-11-30",
        (
            "accounts.0014_phone_numbers",
            "accounts.0015_e164",
            "practitioners.0004_phone_numbers",
            "practitioners.0005_e164",
        ),
    ),
)

# What web processes and the clock of any release may have left with the broker: each task with what it is given.
# Whoever takes a task out of the code loses its messages, and says here until when there may be some.
MESSAGES: dict[str, list[object]] = {
    "accounts.send_email": [17],
    "accounts.sweep_outbox": [],
    "accounts.forget_ended_sessions": [],
    "accounts.erase_closed_accounts": [],
}

_FEW = "The table has one row for each clinic."
_EMPTY = "The column is new, and so empty: an index of it takes 0.3 s for a million rows."
_BY_TIME = "The first column is new, and so empty; sorting by the second takes 1.2 s for a million rows."
_RARE = "People change their address rarely: 0.1 s for a hundred thousand changes."
_MEMBERS = "Read once: 0.4 s for the index of a million people, 0.1 s for the check."
_LOOKED_UP = "Each row's login is looked up by its key, in one join: 0.4 s for a million rows."

# Statements of PostgreSQL that keep others from a table for as long as it takes to read it, and why each may; by
# release, each named by how it begins.
HOLDS_A_TABLE: dict[str, dict[str, str]] = {
    "owners": {
        'ALTER TABLE "accounts_account" ADD COLUMN "import_reference"': _FEW,
        'ALTER TABLE "accounts_account" ADD CONSTRAINT "accounts_account_creator_id': _FEW,
        'ALTER TABLE "accounts_account" ADD CONSTRAINT "account_closed_with_a_day_of_erasure"': _FEW,
        'CREATE INDEX "accounts_account_import_reference': _FEW,
        'ALTER TABLE "accounts_outboundemail" ADD CONSTRAINT "accounts_outboundemail_user_id': _LOOKED_UP,
        'CREATE INDEX "accounts_activity_staff_id': _EMPTY,
        'CREATE INDEX "accounts_outboundemail_activity_id': _EMPTY,
    },
    "signing in": {
        'CREATE INDEX "accounts_outboundemail_email_change_id': _EMPTY,
        'CREATE INDEX "accounts_outboundemail_security_event_id': _EMPTY,
    },
    "every door shut": {
        'CREATE INDEX "accounts_outboundemail_summary_id': _EMPTY,
        'CREATE INDEX "outbox_newest_of_mailbox': _BY_TIME,
    },
    "where flows meet": {
        'CREATE INDEX "email_change_old_address': _RARE,
        'CREATE INDEX "email_change_new_address': _RARE,
        'CREATE UNIQUE INDEX "member_once_per_account"': _MEMBERS,
        'ALTER TABLE "accounts_member" ADD CONSTRAINT "member_released_is_inactive"': _MEMBERS,
    },
}
