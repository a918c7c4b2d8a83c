"""Lists and facts for pages, each in a fixed number of queries."""

from collections.abc import Iterable

from accounts.models import Account, Member
from practitioners.models import Availability, Break, Practitioner
from practitioners.schedule.week import Row


def practitioner_for_page(account: Account, member_id: int, *, or_was: bool = False) -> Practitioner | None:
    """The practitioner that a member of this clinic is, with its login; None where there is none (A38).

    With `or_was` also one who is no practitioner any more: what is on file of them is kept.
    """
    # Through the member, as an id too large for the database is then simply nobody's.
    member = Member.objects.filter(pk=member_id, account=account)
    if not or_was:
        member = member.filter(is_practitioner=True)
    people = Practitioner.objects.with_standing().select_related("member__user")
    found = people.filter(member__in=member).first()
    if found is not None:
        found.member.account = account
    return found


def weeks(practitioners: Iterable[Practitioner]) -> dict[int, list[Row]]:
    """The usual week of each practitioner, by the practitioner's id. Two queries.

    Only what counts: nothing at a business that is inactive, or where they do not work.
    """
    ids = [each.pk for each in practitioners]
    found: dict[int, list[Row]] = {pk: [] for pk in ids}
    for model in (Availability, Break):
        for each in model.objects.that_count().filter(practitioner__in=ids).select_related("business"):
            found[each.practitioner_id].append(each.row)
    return found
