"""What Home shows of a whole clinic."""

from typing import Any

from accounts.models import Account, Member, MemberStatus

_COUNTED = ("status", "is_practitioner", "comes_back")


def who_needs_a_hand(account: Account) -> dict[str, Any]:
    """Counts for the home page: invitations that failed, expired or wait, and practitioners. One query."""
    found = Member.objects.filter(account=account).with_status()
    people = list(found.values_list(*_COUNTED))
    counts = {status.value: sum(each == status for each, _, _ in people) for status in MemberStatus}
    active = [each for each in people if each[0] != MemberStatus.INACTIVE]
    is_bounced = [status == MemberStatus.BOUNCED or comes_back for status, _, comes_back in active]
    return {
        **counts,
        "bounced": sum(is_bounced),
        "people": len(active),
        "practitioners": sum(practises for _, practises, _ in active),
    }
