"""Which other clinics have a say in what one clinic does to how somebody signs in (A35, C2, A70).

Whoever can read a person's mail, as an employer often can, and can reset their two-factor authentication, can come in
as them. So no administrator resets it, or asks for another address, while the login opens records of another clinic:
that of somebody who sees patients alone counts like any other. What counts for nothing is a clinic that the login
opened itself and in which nothing was ever done and nobody else has a place: a trial of years ago, or one that a thief
opened to keep the person from being helped. There is nothing in it to be read.
"""

from collections.abc import Iterator
from functools import reduce
from operator import or_

from django.db.models import Exists, F, ForeignObjectRel, Model, OuterRef, Q

from accounts.models import Account, Activity, Member
from accounts.models.member_sets import MemberQuerySet

# What is written of a clinic in which nothing was done. It holds no records for having been opened or closed.
_Verb = Activity.Verb
OF_NO_USE = frozenset(
    {
        *(_Verb.ACCOUNT_CREATED, _Verb.ACCOUNT_CLOSED, _Verb.ACCOUNT_REOPENED),
        *(_Verb.ACCOUNT_LOCKED, _Verb.ACCOUNT_UNLOCKED),
        *(_Verb.TWO_FACTOR_RECOVERY_OPENED, _Verb.TWO_FACTOR_RECOVERY_STOPPED, _Verb.TWO_FACTOR_RECOVERY_DONE),
        _Verb.TWO_FACTOR_RECOVERY_STOPPED_BY_PERSON,
        *Activity.READ,
    }
)


def reaches_records_elsewhere(member: Member) -> bool:
    """Whether the login of `member` alone opens records of another clinic: what a reset would lay open (A35).

    Not one where they are inactive, nor one that support has locked or somebody else has closed: it opens nothing there
    for as long as that lasts. One that they closed themselves they can open again. One query.
    """
    can_be_opened = Q(account__closed_at=None) | Q(is_owner=True)
    return _used(member).present().filter(can_be_opened, account__locked_at=None).exists()


def belongs_to_records_elsewhere(member: Member) -> bool:
    """The same for another address, which lasts (C2): wherever they have joined, also if that opens nothing now.

    It shuts nobody out: whoever can confirm another address can ask for it themselves. One query.
    """
    return _used(member).exists()


def _used(member: Member) -> MemberQuerySet:
    """Where else somebody has joined, but for clinics that were opened with this login and never used."""
    joined = Member.objects.filter(user=member.user_id, joined_at__isnull=False, released_at=None)
    others = joined.exclude(account=member.account_id)
    return others.filter(reduce(or_, _signs_of_use(), ~Q(account__creator=F("user"))))


def _signs_of_use() -> Iterator[Exists]:
    """Somebody else with a place in it, something done, or a row of any app, ours or the suite's, that hangs on it."""
    yield Exists(Member.objects.filter(account=OuterRef("account")).exclude(user=OuterRef("user")))
    yield Exists(Activity.objects.filter(account=OuterRef("account")).exclude(verb__in=OF_NO_USE))
    yield from _rows_on(Account, "account", apart_from=(Member, Activity))
    yield from _rows_on(Member, "pk", apart_from=(Activity,))


def _rows_on(model: type[Model], column: str, *, apart_from: tuple[type[Model], ...]) -> Iterator[Exists]:
    for each in model._meta.get_fields(include_hidden=True):
        if not isinstance(each, ForeignObjectRel) or each.related_model in apart_from:
            continue
        if not getattr(each.related_model, "comes_with_account", False):
            yield Exists(each.related_model._base_manager.filter(**{each.field.name: OuterRef(column)}))


def signs_in_elsewhere(member: Member) -> bool:
    """Whether the login of `member` opens another clinic, which has no part in what this one does to it. One query.

    What takes protection off the login asks more of it: see `accounts.core.other_clinics`.
    """
    others = Member.objects.present().filter(user=member.user_id).exclude(account=member.account_id)
    return others.exists()
