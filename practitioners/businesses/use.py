"""What a business is used for: who has hours there, and what refers to it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, ManyToOneRel, Model, OuterRef, QuerySet
from django.utils.translation import ngettext

from practitioners.models import Availability, Break, Business, Practitioner, ReferenceNumber

NAMES_SHOWN = 5
OF_PRACTITIONERS = (Availability, Break, ReferenceNumber, Practitioner.businesses.through)


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
    elsewhere: dict[str, Any] = {"is_elsewhere": Exists(theirs.that_count().exclude(business=business))}
    people = (
        Practitioner.objects.filter(
            Exists(theirs.filter(business=business)),
            businesses=business,
            member__is_practitioner=True,
            member__is_active=True,
        )
        .select_related("member")
        .order_by("member__last_name", "member__first_name", "pk")
        .annotate(**elsewhere)
    )
    names = [(str(each), each.is_elsewhere) for each in people]
    return Attendance(
        here=People.of([name for name, _is_elsewhere in names]),
        only_here=People.of([name for name, is_elsewhere in names if not is_elsewhere]),
    )


@dataclass(frozen=True)
class Reference:
    """What of one kind refers to a business, as "2 reference numbers", and whose it is where it is practitioners'."""

    words: str
    people: People


def references(business: Business) -> list[Reference]:
    """Say what refers to `business`; nothing where it can be deleted.

    Read off the models, so that the tables of other parts of a suite count, too. One or two queries a foreign key.
    """
    found = []
    for relation in Business._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):
            model = relation.related_model
            rows = model._base_manager.filter(**{relation.field.name: business})
            if count := rows.count():
                people = _practitioners_of(rows) if model in OF_PRACTITIONERS else People.of([])
                found.append(Reference(_in_words(model, count, people), people))
    return found


def _practitioners_of(rows: "QuerySet[Model]") -> People:
    people = Practitioner.objects.filter(pk__in=rows.values("practitioner")).select_related("member")
    return People.of([str(each) for each in people.order_by("member__last_name", "member__first_name", "pk")])


def _in_words(model: type[Model], count: int, people: People) -> str:
    if model is Availability:
        words = ngettext("the hours of %(people)s practitioner", "the hours of %(people)s practitioners", people.count)
    elif model is Break:
        words = ngettext(
            "the breaks of %(people)s practitioner", "the breaks of %(people)s practitioners", people.count
        )
    elif model is Practitioner.businesses.through:
        words = ngettext("%(count)s practitioner who works there", "%(count)s practitioners who work there", count)
    elif model is ReferenceNumber:
        words = ngettext("%(count)s reference number", "%(count)s reference numbers", count)
    else:
        words = f"%(count)s {model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural}"
    return words % {"count": count, "people": people.count}
