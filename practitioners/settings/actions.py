"""Saving what a practitioner is, where they work, and when (S13 to S15, C6, C7)."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace

from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.core.acting import acting, record
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.core.stale import ChangedMeanwhile, changed_words
from accounts.models import Account, Activity, Member
from clinic.clock import database_now
from practitioners import policies, rules
from practitioners.models import Availability, Break, Business, Practitioner, ReferenceNumber
from practitioners.schedule.week import breaks, hours
from practitioners.settings.details import PractitionerSettings

Businesses = dict[int, Business]


def save_settings(
    *,
    actor: Member,
    practitioner: Practitioner,
    settings: PractitionerSettings,
    expected_version: int,
    expected_clocks: Mapping[int, str] | None = None,
) -> None:
    """Save the settings of a practitioner as a whole; where nothing differs, nothing is written.

    `expected_version` is the version the form was opened with, `expected_clocks` are the time zones it named, by the
    ids of businesses. Raises ChangedMeanwhile where they are others by now (A71), NotPermitted for an owner or a weak
    role, and ActionRefused where a business is not of this clinic, or a rule does not hold. Rows that stay as they are
    keep their ids.
    """
    with acting(actor) as actor:
        fresh = _on_file(actor.account, practitioner)
        if not policies.can_edit_practitioner(actor, fresh.member):
            words = _("You may not change the practitioner settings of %(name)s. Nothing was changed.")
            raise NotPermitted(words % {"name": fresh.member.full_name})
        before = PractitionerSettings.of(fresh)
        known = {each.pk: each for each in Business.objects.filter(account=actor.account)}
        _require_known(settings, known)
        settings = replace(settings, rows=tuple(replace(row, zone=known[row.business].zone) for row in settings.rows))
        changes = settings.differences(before)
        if not changes:
            return
        _require_as_opened(fresh, expected_version)
        _require_same_clocks(expected_clocks or {}, known)
        _require_possible(settings, before, known)
        _apply(fresh, settings)
        verb = Activity.Verb.PRACTITIONER_UPDATED
        record(verb, account=actor.account, actor=actor, subject=fresh.member, details=changes)


def _on_file(account: Account, practitioner: Practitioner) -> Practitioner:
    """Read the practitioner again inside the lock, from this account only."""
    people = Practitioner.objects.select_related("member__user").filter(member__account=account)
    fresh = people.filter(pk=practitioner.pk).first()
    if fresh is None:
        raise NotPermitted(_("This person is no longer in the clinic. Nothing was changed."))
    fresh.member.account = account
    return fresh


def _require_as_opened(practitioner: Practitioner, expected_version: int) -> None:
    """Raise ChangedMeanwhile where somebody has saved other settings since the form was opened."""
    if practitioner.version == expected_version:
        return
    what = _("the practitioner settings of %(name)s") % {"name": practitioner.member.full_name}
    raise ChangedMeanwhile(changed_words(what, button=_("Save practitioner settings")), about=practitioner)


def _require_same_clocks(expected: Mapping[int, str], known: Businesses) -> None:
    """Hours are typed by the clock that the page names. Raises ChangedMeanwhile where it is another by now."""
    for business in (known[each] for each in sorted(expected.keys() & known.keys())):
        if business.time_zone != expected[business.pk]:
            words = _(
                "Someone changed the time zone of %(business)s while you had this page open, so nothing was saved. "
                "Check the hours there, then choose Save practitioner settings again."
            )
            raise ChangedMeanwhile(words % {"business": business.name}, about=business)


def _require_known(settings: PractitionerSettings, known: Businesses) -> None:
    """Refuse whatever names a business of another clinic (A38), or one that was deleted meanwhile."""
    named = {*settings.businesses, *(row.business for row in settings.rows)}
    named |= {business for _kind, _number, business in settings.numbers if business is not None}
    if not named <= known.keys():
        raise ActionRefused(_("One of these businesses is not, or no longer, in this clinic. Nothing was saved."))


def _require_possible(settings: PractitionerSettings, before: PractitionerSettings, known: Businesses) -> None:
    """Refuse what is new at a business that is inactive, and rows or numbers that break a rule."""
    new = {*settings.businesses} - {*before.businesses}
    new |= {row.business for row in {*settings.rows} - {*before.rows}}
    new |= {business for _kind, _number, business in {*settings.numbers} - {*before.numbers} if business is not None}
    for business in (known[each] for each in sorted(new)):
        if not business.is_active:
            words = _("%(business)s is inactive now, so nothing can be changed there. Nothing was saved.")
            raise ActionRefused(words % {"business": business.name})
    names = {each: known[each].name for each in settings.businesses if known[each].is_active}
    wrong = rules.problems(settings.rows, names, database_now().date())
    for sentence in (*wrong.values(), *rules.number_problems(settings.numbers).values()):
        raise ActionRefused(sentence)


def _apply(practitioner: Practitioner, settings: PractitionerSettings) -> None:
    practitioner.designation, practitioner.description = settings.designation, settings.description
    practitioner.businesses.set(settings.businesses)
    for model, rows in ((Availability, hours(settings.rows)), (Break, breaks(settings.rows))):
        times = [(row.business, row.weekday, row.starts, row.ends) for row in rows]
        _replace(model, practitioner, times, names=("business_id", "weekday", "starts", "ends"))
    _replace(ReferenceNumber, practitioner, settings.numbers, names=("kind", "number", "business_id"))
    practitioner.touch("designation", "description")


def _replace(
    model: type[Model], practitioner: Practitioner, wanted: Iterable[tuple[Hashable, ...]], *, names: tuple[str, ...]
) -> None:
    """Have the practitioner's rows be those wanted, and leave alone what is there; `names` are those of the values."""
    on_file = model._default_manager.filter(practitioner=practitioner)
    missing, gone = Counter(wanted), []
    for pk, *values in on_file.order_by("pk").values_list("pk", *names):
        if missing[tuple(values)]:
            missing[tuple(values)] -= 1
        else:
            gone.append(pk)
    on_file.filter(pk__in=gone).delete()
    model._default_manager.bulk_create(
        model(practitioner=practitioner, **dict(zip(names, values, strict=True))) for values in missing.elements()
    )
