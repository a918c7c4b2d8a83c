"""Whether a form about a person was opened on what is on file now (A71): one comparison, whatever changed it."""

import json
from hashlib import sha256

from django.utils.translation import gettext as _

from accounts.core.details import MemberDetails
from accounts.core.stale import ChangedMeanwhile, changed_words
from accounts.identity.security_page.queries import waiting_change_asked_here
from accounts.models import Member
from clinic.clock import database_now


def shown_of(member: Member) -> str:
    """What the page of `member` shows that its form can undo, as one word: what the form remembers. One query at most.

    Among it is the change of address that an administrator of this clinic asked for, which ends by many roads.
    """
    waiting = waiting_change_asked_here(member) if member.has_joined else None
    facts = [vars(MemberDetails.of(member)), member.is_owner, member.has_joined, waiting.pk if waiting else None]
    return sha256(json.dumps(facts).encode()).hexdigest()[:32]


def require_as_opened(member: Member, wanted: MemberDetails, *, actor: Member, version: int, shown: str) -> None:
    """Raise ChangedMeanwhile if `member` is no longer as the form showed them that says `wanted`.

    `version` is theirs and `shown` what `shown_of` gave when it was opened; an empty text where that isn't known. The
    same form sent twice is no conflict.
    """
    changes = wanted.differences(MemberDetails.of(member))
    if not changes or (changes.keys() == {"email"} and _was_just_asked(member, wanted.email, actor)):
        return
    if member.version != version or (shown and shown != shown_of(member)):
        raise changed_since(member)


def changed_since(member: Member) -> ChangedMeanwhile:
    """The refusal of a form about `member`, who is another by now."""
    return ChangedMeanwhile(changed_words(member.full_name, button=_("Update user")), about=member)


def _was_just_asked(member: Member, email: str, actor: Member) -> bool:
    waiting = waiting_change_asked_here(member) if member.has_joined else None
    return waiting is not None and waiting.is_asked_by_same_form(email, by=actor, now=database_now())
