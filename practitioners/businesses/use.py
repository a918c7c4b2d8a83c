"""What a business is used for: who has hours there, and what refers to it."""

from dataclasses import dataclass

from django.db.models import Exists, ManyToOneRel, Model, OuterRef, QuerySet
from django.utils.translation import ngettext

from practitioners.models import Availability, Break, Business, Practitioner, ReferenceNumber

NAMES_SHOWN = 5


@dataclass(frozen=True)
class People:
    """Some people: the names of the first few, and how many there are."""

    names: list[str]
    count: int

    @property
    def others(self) -> int:
        """How many are not named."""
        return self.count - len(self.names)

    @classmethod
    def of(cls, names: list[str]) -> "People":
        """These people."""
        return cls(names[:NAMES_SHOWN], len(names))


@dataclass(frozen=True)
class Attendance:
    """Who has hours at a business, and who of them has none at any other that is active."""

    here: People
    only_here: People


def attendance(business: Business) -> Attendance:
    """Say whom it concerns when `business` is made inactive: active practitioners, by last name. One query."""
    theirs = Availability.objects.filter(practitioner=OuterRef("pk"))
    people = (
        Practitioner.objects.filter(
            Exists(theirs.filter(business=business)),
            businesses=business,
            member__is_practitioner=True,
            member__is_active=True,
        )
        .annotate(is_elsewhere=Exists(theirs.that_count().exclude(business=business)))
        .select_related("member")
        .order_by("member__last_name", "member__first_name", "pk")
    )
    names = [(str(each), each.is_elsewhere) for each in people]  # type: ignore[attr-defined]
    return Attendance(
        here=People.of([name for name, _is_elsewhere in names]),
        only_here=People.of([name for name, is_elsewhere in names if not is_elsewhere]),
    )


def references(business: Business) -> list[str]:
    """Say what refers to `business`, as "2 reference numbers"; nothing where it can be deleted.

    Read off the models, so that the tables of other parts of a suite count, too. A query for each foreign key.
    """
    found = []
    for relation in Business._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):
            model = relation.related_model
            rows = model._base_manager.filter(**{relation.field.name: business})
            if rows.exists():
                found.append(_in_words(model, rows))
    return found


def _in_words(model: type[Model], rows: "QuerySet[Model]") -> str:
    if issubclass(model, Availability | Break):
        count = rows.values("practitioner").distinct().count()
        words = (
            ngettext("the hours of %(count)s practitioner", "the hours of %(count)s practitioners", count)
            if model is Availability
            else ngettext("the breaks of %(count)s practitioner", "the breaks of %(count)s practitioners", count)
        )
        return words % {"count": count}
    count = rows.count()
    if model is Practitioner.businesses.through:
        words = ngettext("%(count)s practitioner who works there", "%(count)s practitioners who work there", count)
    elif model is ReferenceNumber:
        words = ngettext("%(count)s reference number", "%(count)s reference numbers", count)
    else:
        words = f"%(count)s {model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural}"
    return words % {"count": count}
