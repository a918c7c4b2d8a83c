"""**Practitioners**: who works when and where, and a practitioner's own page."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dates import WEEKDAYS
from django.utils.timezone import localdate

from accounts.access.policies import can_manage_members
from accounts.core.views import ClinicView
from practitioners import policies, queries, rules
from practitioners.directory.week_list import WeekFilter, at_work, not_bookable
from practitioners.models import Business, Practitioner
from practitioners.schedule.clock import DAY
from practitioners.schedule.picture import Picture, picture

WEEK = 7 * DAY
# As far as anybody plans, in either direction.
MOST_WEEKS = 52


class _WeekView(ClinicView):
    """A view that knows which day it is at the clinic."""

    policy = staticmethod(policies.can_see_practitioners)

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        return ZoneInfo(self.request.account.time_zone)

    @property
    def today(self) -> date:
        """The date at the clinic."""
        return localdate(timezone=self.zone)


class PractitionersView(_WeekView):
    """Everybody who sees patients, a week at a time, by business and by day."""

    def get(self, request: HttpRequest) -> HttpResponse:
        actor, today = self.request.member, self.today
        this_week = today - today.weekday() * DAY
        businesses = list(Business.objects.in_order(actor.account).filter(is_active=True))
        wanted = self._wanted(this_week, {str(each.pk): each for each in businesses})
        idle = not_bookable(actor)
        context = {
            "section": "practitioners",
            "wanted": wanted,
            "businesses": businesses,
            "weekdays": WEEKDAYS.items(),
            "today": today,
            "page_obj": at_work(actor.account, wanted, request.GET.get("page")),
            "not_bookable": [each for each in idle if each.practitioner.member.is_active],
            "inactive": [each for each in idle if not each.practitioner.member.is_active],
            "shows_inactive": request.GET.get("inactive") == "1",
            "elsewhere": [
                each
                for each in ([wanted.business] if wanted.business else businesses)
                if each.time_zone != str(self.zone)
            ],
            **self._other_weeks(wanted.monday, this_week),
        }
        return self.page("practitioners/directory/index.html", context)

    def _wanted(self, this_week: date, businesses: dict[str, Business]) -> WeekFilter:
        given = self.request.GET
        try:
            day = date.fromisoformat(given.get("week", ""))
        except ValueError:
            day = this_week
        weeks_away = (day - this_week) // WEEK
        return WeekFilter(
            monday=this_week + (weeks_away if abs(weeks_away) <= MOST_WEEKS else 0) * WEEK,
            business=businesses.get(given.get("business", "")),
            weekday={str(each): each for each in range(7)}.get(given.get("day", "")),
        )

    def _other_weeks(self, monday: date, this_week: date) -> dict[str, Any]:
        """The weeks before and after, as far as they are shown."""
        before, after = monday - WEEK, monday + WEEK
        return {
            "last_day": after - DAY,
            "is_this_week": monday == this_week,
            "week_before": before if before >= this_week - MOST_WEEKS * WEEK else None,
            "week_after": after if after <= this_week + MOST_WEEKS * WEEK else None,
        }


class PractitionerView(_WeekView):
    """One practitioner, to be read by everybody in the clinic (C6, C7)."""

    def get(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Show them; who has not joined or is inactive, to those who manage the users only."""
        actor, practitioner = self.request.member, queries.practitioner_for_page(self.request.account, member_id)
        if practitioner is None or not policies.can_see_practitioner(actor, practitioner.member):
            raise Http404
        member = practitioner.member
        may_edit, sees_all = policies.can_edit_practitioner(actor, member), can_manage_members(actor)
        businesses = list(practitioner.businesses.in_order(actor.account).filter(is_active=True))
        context = {
            "section": "practitioners",
            "practitioner": practitioner,
            "person": member,
            "may_edit": may_edit,
            "sees_all": sees_all,
            "why_not": rules.why_not_bookable(practitioner, viewer=actor) if may_edit or sees_all else [],
            "businesses": businesses,
            "reference_numbers": practitioner.reference_numbers.select_related("business").order_by("kind", "pk"),
            "week": self._week(practitioner, businesses),
        }
        return self.page("practitioners/directory/show.html", context)

    def _week(self, practitioner: Practitioner, businesses: list[Business]) -> Picture:
        return picture(queries.weeks([practitioner])[practitioner.pk], businesses, zone=self.zone, today=self.today)
