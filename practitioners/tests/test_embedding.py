"""docs/embedding.md: what it tells the other parts of a suite is what happens, line by line (S1)."""

import doctest
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import roles
from accounts.models import Member
from accounts.tests.factories import MemberFactory
from practitioners.models import Business, Practitioner
from practitioners.tests.factories import BusinessFactory, rests, works

pytestmark = pytest.mark.django_db

PAGE = Path(settings.BASE_DIR, "docs", "embedding.md")
CALLS = re.findall(r"^\| `(.+?)` \| .+ \| (none|\d) \|$", PAGE.read_text(), re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def names(cast):
    """The clinic as the page describes it, under the names that its examples use."""
    clinic, night = cast.clinic, {"days": [5], "starts": 22 * 60, "ends": 1440}
    clinic.time_zone = "Australia/Sydney"
    clinic.save()
    Business.objects.filter(account=clinic).update(time_zone="Australia/Sydney")
    perth = BusinessFactory(account=clinic, name="Perth", time_zone="Australia/Perth")
    works(cast.practitioner)
    rests(cast.practitioner)
    works(cast.practitioner, perth, days=[5], ends=12 * 60)
    nora = MemberFactory(
        account=clinic, first_name="Nora", last_name="Night", role=roles.PRACTITIONER, is_practitioner=True
    )
    works(nora, **night)
    works(nora, days=[6], starts=0, ends=6 * 60)
    return {"clinic": clinic, "perth": perth}


def run(text, names):
    """Run the examples of a page one after the other: how many there were, and what went otherwise than it says."""
    examples = "\n".join(BLOCK.findall(text))
    told = []
    test = doctest.DocTestParser().get_doctest(examples, dict(names), PAGE.name, str(PAGE), 0)
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=told.append)
    return results.attempted, "".join(told)


def test_every_example_on_the_page_does_what_the_page_says(names):
    attempted, otherwise = run(PAGE.read_text(), names)

    assert otherwise == ""
    assert attempted == PAGE.read_text().count("\n>>> ")
    assert len(CALLS) == 6


@pytest.mark.parametrize(("call", "queries"), CALLS)
@pytest.mark.database
def test_every_call_takes_as_many_queries_as_the_page_says(names, call, queries, django_assert_num_queries):
    member = Member.objects.select_related("account").get(first_name="Rita")
    known = {
        "account": names["clinic"],
        "business": names["perth"],
        "member": member,
        "Practitioner": Practitioner,
        "moment": timezone.now(),
        "first": date(2026, 10, 2),
        "last": date(2026, 10, 4),
    }

    with django_assert_num_queries(0 if queries == "none" else int(queries)):
        answer = eval(call, known)
        if isinstance(answer, QuerySet):
            list(answer)


def test_a_page_that_lies_is_found_out(names):
    honest = PAGE.read_text()
    lie = honest.replace("22:00 AEST to 06:00 AEDT: 7:00:00", "22:00 AEST to 06:00 AEDT: 8:00:00")

    assert lie != honest
    assert "Expected:\n    22:00 AEST to 06:00 AEDT: 8:00:00" in run(lie, names)[1]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)|`([a-z_]+/[\w/.]+)`", PAGE.read_text()))
def test_every_file_that_the_page_names_is_there(link):
    beside, from_the_top = link

    assert (PAGE.parent / beside if beside else Path(settings.BASE_DIR, from_the_top)).exists()
