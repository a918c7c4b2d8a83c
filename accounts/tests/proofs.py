"""Which proof each act demands (A59, A60): one table, which docs/proofs.md prints and the tests are generated from.

Everything that accepts a POST is in it. What hands out a way in, costs money or weakens protection asks first.
"""

from dataclasses import dataclass
from enum import StrEnum


class Proof(StrEnum):
    """What the sender shows with the form, beside being signed in."""

    NOTHING = "nothing"
    # The operator's grace window counts (REVERIFY_GRACE_SECONDS).
    PASSWORD = "password"
    EACH_TIME = "password each time"
    # A code of the app or an unused backup code beside the password, each time.
    PRESENT = "password and two-factor authentication"


@dataclass(frozen=True)
class Act:
    """Something that a person does by sending a form to `address`, and why it takes this proof.

    A passkey, two factors in one, takes the place of all that is asked for, unless `passkey` is False.
    """

    name: str
    address: str
    proof: Proof
    why: str
    passkey: bool = True
    # The tests that hold it, if it is no form of someone who is signed in.
    held_by: str = ""


NOTHING, PASSWORD, EACH_TIME, PRESENT = Proof

A_WAY_IN = "Hands out a way in."
PROTECTS = "Takes a way in away. That only protects."
OPENS_NOTHING = "Gives no access and costs nothing. It’s recorded."
STAYS = "Leaves things as they are."

IN_A_CLINIC = (
    Act("Add a user", "accounts:member_new", PASSWORD, A_WAY_IN),
    Act("Change someone’s name or mobile number", "accounts:member", NOTHING, OPENS_NOTHING),
    Act("Say that someone practises", "accounts:member", NOTHING, "Takes a place that the plan already has."),
    Act("Give someone another role", "accounts:member", PASSWORD, "Can make someone an administrator."),
    Act("Correct the address of an invitation", "accounts:member", PASSWORD, A_WAY_IN),
    Act("Correct the address of someone who has never signed in", "accounts:member", PASSWORD, A_WAY_IN),
    Act("Ask for another address of someone who has joined", "accounts:member", PASSWORD, A_WAY_IN),
    Act("Make someone inactive", "accounts:member", EACH_TIME, "Ends their access; the prompt says what follows."),
    Act("Make someone active again", "accounts:member", PASSWORD, A_WAY_IN),
    Act("Free the email address of someone inactive", "accounts:member_address", EACH_TIME, "Can’t be taken back."),
    Act(
        "Resend an invitation",
        "accounts:member_invitation",
        NOTHING,
        "Mails only the address on file, which the password was given for.",
    ),
    Act("Cancel an invitation", "accounts:member_invitation_cancel", NOTHING, PROTECTS),
    Act(
        "Copy an invitation link",
        "accounts:member_invitation_link",
        EACH_TIME,
        "Hands out a way in that works in anyone’s hands.",
    ),
    Act("Cancel a change of address that someone was asked for", "accounts:member_email_cancel", NOTHING, STAYS),
    Act("Send someone a password reset email", "accounts:member_password", PASSWORD, A_WAY_IN),
    Act("Sign someone out everywhere", "accounts:member_sign_ins", NOTHING, PROTECTS),
    Act("Reset someone’s two-factor authentication", "accounts:member_two_factor", EACH_TIME, "Weakens protection."),
    Act("Stop support’s two-factor reset for someone", "accounts:member_recovery_stop", NOTHING, STAYS),
    Act("Make someone an owner", "accounts:member_ownership", EACH_TIME, "Can’t be taken back."),
    Act("Leave the clinic", "accounts:my_leaving", EACH_TIME, "Can’t be taken back by oneself."),
    Act("Relinquish ownership", "accounts:my_ownership", EACH_TIME, "Can’t be taken back."),
    Act(
        "Send support a request about ownership",
        "accounts:ownership_request",
        NOTHING,
        "Changes nothing; support decides, with a password of its own.",
    ),
    Act("Close the account", "accounts:account_closing", EACH_TIME, "Ends everyone’s access."),
    Act("Reopen the account", "accounts:account_reopening", EACH_TIME, "Gives everyone their access back."),
    Act("Restrict a role", "accounts:permissions", PASSWORD, "Changes what roles may read."),
    Act("Lift the restriction of a role", "accounts:permissions", PASSWORD, "Weakens protection."),
    Act("Change the session timeout", "accounts:account_security", EACH_TIME, "Can weaken protection for everyone."),
    Act(
        "Require two-factor authentication",
        "accounts:account_security",
        EACH_TIME,
        "Concerns everyone; the prompt says whom.",
    ),
    Act("Stop requiring two-factor authentication", "accounts:account_security", EACH_TIME, "Weakens protection."),
    Act("Change the plan", "accounts:subscription", PASSWORD, "Costs money."),
    Act("Change the clinic’s name or time zone", "accounts:general", NOTHING, OPENS_NOTHING),
    Act("Change one’s own name or mobile number", "accounts:my_info", NOTHING, OPENS_NOTHING),
    Act("Change practitioner settings", "practitioners:practitioner_settings", NOTHING, OPENS_NOTHING),
    Act("Add a business", "practitioners:business_new", NOTHING, OPENS_NOTHING),
    Act("Change a business", "practitioners:business", NOTHING, OPENS_NOTHING),
    Act("Delete a business", "practitioners:business_delete", NOTHING, OPENS_NOTHING),
)

ONES_OWN_LOGIN = (
    Act("Change one’s password", "accounts:password_change", EACH_TIME, "Changes a way in.", passkey=False),
    Act("Ask to sign in with another address", "accounts:email_change", EACH_TIME, A_WAY_IN),
    Act(
        "Send the email about another address again",
        "accounts:email_change_again",
        NOTHING,
        "Mails only the address that the password was given for.",
    ),
    Act("Cancel one’s change of address", "accounts:email_change_cancel", NOTHING, STAYS),
    Act(
        "Confirm another address one asked for",
        "accounts:email_change_confirm",
        NOTHING,
        "Takes the link and being signed in; the password was given for it.",
    ),
    Act("Confirm another address an administrator asked for", "accounts:email_change_confirm", EACH_TIME, A_WAY_IN),
    Act("Confirm one’s first address", "accounts:email_confirm", NOTHING, "Takes the link and being signed in."),
    Act(
        "Send the email that confirms an address again",
        "accounts:email_resend",
        NOTHING,
        "Mails only the address one signs in with.",
    ),
    Act(
        "Set up a first authenticator app",
        "accounts:two_factor",
        EACH_TIME,
        "Nothing stronger than the password is there yet.",
    ),
    Act("Add a first passkey", "accounts:passkey_new", EACH_TIME, "Nothing stronger than the password is there yet."),
    Act("Add an app beside a passkey", "accounts:two_factor", PRESENT, "Makes a stronger proof."),
    Act("Replace the authenticator app", "accounts:two_factor", PRESENT, "Makes a stronger proof."),
    Act("Add a further passkey", "accounts:passkey_new", PRESENT, "Makes a stronger proof."),
    Act("Make new backup codes", "accounts:backup_codes", PRESENT, "Makes a stronger proof."),
    Act("Remove the authenticator app", "accounts:authenticator_remove", PRESENT, "Takes a stronger proof away."),
    Act("Remove a passkey", "accounts:passkey_remove", PRESENT, "Takes a stronger proof away."),
    Act("Turn off two-factor authentication", "accounts:two_factor_off", PRESENT, "Takes a stronger proof away."),
    Act(
        "Join another clinic while signed in",
        "accounts:invitation_accept",
        NOTHING,
        "Takes the link and being signed in as the person invited. It opens that clinic to this login alone.",
    ),
    Act("Decline an invitation", "accounts:invitation_decline", NOTHING, PROTECTS),
    Act(
        "Create a clinic while signed in",
        "accounts:signup",
        EACH_TIME,
        "Another clinic has a say in how this login can be helped to sign in.",
    ),
    Act("Stop support’s two-factor reset for oneself", "accounts:own_recovery_stop", NOTHING, STAYS),
    Act("Say that the backup codes are saved", "accounts:backup_codes_saved", NOTHING, "Only hides them."),
    Act("Forget a trusted browser", "accounts:trusted_browser", NOTHING, PROTECTS),
    Act("Forget all trusted browsers", "accounts:trusted_browsers", NOTHING, PROTECTS),
    Act("Sign out of another browser", "accounts:sign_in_end", NOTHING, PROTECTS),
    Act("Sign out everywhere else", "accounts:sign_ins_end", NOTHING, PROTECTS),
)

SUPPORT = (
    Act("Lock an account", "support:account_lock", EACH_TIME, "Ends everyone’s access."),
    Act("Unlock an account", "support:account_unlock", EACH_TIME, "Gives everyone their access back."),
    Act("Appoint an owner", "support:owner_appoint", EACH_TIME, "Can’t be taken back by the clinic."),
    Act("Remove an owner", "support:owner_remove", EACH_TIME, "Changes who decides for a clinic."),
    Act("Settle a request about ownership", "support:request_settle", EACH_TIME, "Ends someone’s request."),
    Act("Start a two-factor reset", "support:recovery_open", EACH_TIME, "Leads to weaker protection, and mails many."),
    Act("Complete a two-factor reset", "support:recovery_complete", EACH_TIME, "Weakens protection."),
    Act("Withdraw a two-factor reset", "support:recovery_withdraw", EACH_TIME, "Ends someone’s request."),
)

T = "accounts/tests/"
SIGNING_IN = (
    Act(
        "Sign in", "accounts:login", EACH_TIME, "It is where the proof is given.", False, f"{T}identity/test_sign_in.py"
    ),
    Act(
        "Give the code after the password",
        "accounts:two_factor_sign_in",
        PRESENT,
        "The password was given a moment before.",
        held_by=f"{T}identity/test_two_factor_sign_in.py",
    ),
    Act(
        "Trust a browser for 30 days",
        "accounts:two_factor_sign_in",
        PRESENT,
        "Weakens protection, so it comes with the code only.",
        held_by=f"{T}identity/test_two_factor_sign_in.py",
    ),
    Act(
        "Join by signing in with an existing login",
        "accounts:invitation_accept",
        EACH_TIME,
        "Takes the link and all that signing in takes.",
        False,
        f"{T}identity/test_two_factor_pages.py",
    ),
    Act(
        "Create a clinic by signing in with an existing login",
        "accounts:signup",
        EACH_TIME,
        "Takes all that signing in takes.",
        False,
        f"{T}identity/test_two_factor_pages.py",
    ),
    Act(
        "Create a clinic with a new login",
        "accounts:signup",
        NOTHING,
        "There is nothing yet to protect.",
        held_by=f"{T}clinic_settings/test_sign_up.py",
    ),
    Act(
        "Join with a new password",
        "accounts:invitation_accept",
        NOTHING,
        "Takes the link; there is no login yet.",
        held_by=f"{T}invitations/test_invitation_accept.py",
    ),
    Act(
        "Ask for a new invitation",
        "accounts:invitation_request",
        NOTHING,
        "Only tells those who can invite.",
        held_by=f"{T}invitations/test_invitation_dead_links.py",
    ),
    Act(
        "Sign out to join as someone else",
        "accounts:invitation_switch",
        NOTHING,
        PROTECTS,
        held_by=f"{T}invitations/test_invitation_existing_login.py",
    ),
    Act(
        "Ask for a password reset",
        "accounts:password_reset",
        NOTHING,
        "Mails only the login’s own address.",
        held_by=f"{T}identity/test_password_reset.py",
    ),
    Act(
        "Choose a new password by a link",
        "accounts:password_reset_link",
        NOTHING,
        "Takes the link from one’s own mailbox; signing in still takes two-factor authentication.",
        held_by=f"{T}identity/test_two_factor_pages.py",
    ),
    Act(
        "Object to a change of address",
        "accounts:email_objection",
        NOTHING,
        "Takes the link from the old mailbox; its recipient may be locked out.",
        held_by=f"{T}addresses/test_email_objection.py",
    ),
    Act(
        "Stop support’s two-factor reset by the link in the email",
        "accounts:recovery_stop",
        NOTHING,
        "Takes the link from one’s own mailbox, and leaves things as they are.",
        held_by=f"{T}identity/test_two_factor_recovery.py",
    ),
    Act("Sign out", "accounts:logout", NOTHING, PROTECTS, held_by=f"{T}identity/test_sign_in.py"),
    Act(
        "Keep me signed in",
        "accounts:session",
        NOTHING,
        "Only while the session lasts, and never beyond its limit.",
        held_by=f"{T}identity/test_session_limits.py",
    ),
    Act(
        "Choose light or dark",
        "accounts:theme",
        NOTHING,
        "Changes how pages look, in this browser only.",
        held_by=f"{T}core/test_odd_requests.py",
    ),
    Act(
        "Report what became of a mail",
        "mail_events",
        NOTHING,
        "Signed by the mail provider.",
        held_by="clinic/tests/test_mail_events.py",
    ),
)

SECTIONS = {
    "Inside a clinic": IN_A_CLINIC,
    "One’s own login": ONES_OWN_LOGIN,
    "Support": SUPPORT,
    "Signing in": SIGNING_IN,
}
TABLE = tuple(act for acts in SECTIONS.values() for act in acts)
