from accounts.models.account import Account
from accounts.models.activity import Activity
from accounts.models.dispute import Dispute
from accounts.models.invitation import Invitation
from accounts.models.member import Member, MemberStatus
from accounts.models.outbox import OutboundEmail
from accounts.models.user import User

__all__ = ["Account", "Activity", "Dispute", "Invitation", "Member", "MemberStatus", "OutboundEmail", "User"]
