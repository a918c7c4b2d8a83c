from accounts.models.account import Account
from accounts.models.activity import Activity
from accounts.models.dispute import Dispute
from accounts.models.email_change import EmailChange
from accounts.models.invitation import Invitation
from accounts.models.limited_use import LimitedUse
from accounts.models.member import Member
from accounts.models.member_sets import MemberStatus
from accounts.models.outbox import OutboundEmail, OutboxClock
from accounts.models.security_event import SecurityEvent
from accounts.models.sign_in import SignIn
from accounts.models.two_factor import Authenticator, BackupCode, Passkey, TrustedBrowser
from accounts.models.two_factor_recovery import TwoFactorRecovery
from accounts.models.user import User

__all__ = [
    "Account",
    "Activity",
    "Authenticator",
    "BackupCode",
    "Dispute",
    "EmailChange",
    "Invitation",
    "LimitedUse",
    "Member",
    "MemberStatus",
    "OutboundEmail",
    "OutboxClock",
    "Passkey",
    "SecurityEvent",
    "SignIn",
    "TrustedBrowser",
    "TwoFactorRecovery",
    "User",
]
