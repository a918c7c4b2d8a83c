"""Adding people at once: one address is one person (K5), the plan's limit holds (K6, C20), one form adds one person."""

from uuid import uuid4

from tests.races.pool import RUNNERS, Pool, Step, Tally, refusals, wins
from tests.races.verdict import rounds

# The same mailbox, as different people and keyboards write it: {0} and {1} are the rounds' own parts of the name.
SPELLINGS = (
    "nina{0}@bücher.example",
    "NINA{0}@BÜCHER.EXAMPLE",
    "Nina{0}@Bücher.Example",
    "  nina{0}@bücher.example ",
    "nina{0}@xn--bcher-kva.example",
    "NINA{0}@XN--BCHER-KVA.EXAMPLE",
    "nina{0}@bu\u0308cher.example",
    "NINA{0}@BU\u0308CHER.EXAMPLE",
    "\uff4e\uff49\uff4e\uff41{0}@bücher.example",
    "\uff2e\uff29\uff2e\uff21{0}@BÜCHER.EXAMPLE",
    "nina{0}\uff20bücher.example",
    "nina{0}@bücher\uff0eexample",
    "nina{0}@bücher\u3002example",
    "nina{0}@bücher\uff61example",
    "\U0001d427\U0001d422\U0001d427\U0001d41a{0}@bücher.example",
    "\u24dd\u24d8\u24dd\u24d0{0}@bücher.example",
    "nina{0}@\U0001d41bücher.example",
    "nina{0}@bücher.\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45",
    "nin\u00aa{0}@bücher.example",
    "\u2115ina{0}@bücher.example",
)


def _spelled(name: str) -> list[str]:
    return [spelling.format(name) for spelling in SPELLINGS]


def test_one_address_in_twenty_spellings_is_one_person(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        made = pool.do("make_clinic", slug=f"spellings-{number}")
        [administrator] = made["members"]
        adds: list[Step] = [
            ("add", {"actor": administrator, "email": email, "submission": str(uuid4())})
            for email in _spelled(f"-one-{number}")
        ]

        outcomes = tally.add(pool.race(adds))

        assert len(wins(outcomes)) == 1
        assert refusals(outcomes) == {"AlreadyMember": RUNNERS - 1}
        assert pool.do("logins_like", part=f"nina-one-{number}") == [f"nina-one-{number}@xn--bcher-kva.example"]
        counts = pool.do("counts", clinic=made["clinic"])
        assert (counts["members"], counts["invitations"], counts["mails"], counts["added"]) == (2, 1, 1, 1)


def test_two_clinics_that_add_one_address_share_the_login_and_have_a_member_each(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        clinics = [pool.do("make_clinic", slug=f"{side}-{number}") for side in ("left", "right")]
        adds: list[Step] = [
            ("add", {"actor": clinics[turn % 2]["members"][0], "email": email, "submission": str(uuid4())})
            for turn, email in enumerate(_spelled(f"-two-{number}"))
        ]

        outcomes = tally.add(pool.race(adds))

        assert len(wins(outcomes)) == 2
        assert refusals(outcomes) == {"AlreadyMember": RUNNERS - 2}
        assert len(pool.do("logins_like", part=f"nina-two-{number}")) == 1
        assert [pool.do("counts", clinic=each["clinic"])["members"] for each in clinics] == [2, 2]


def test_twenty_browsers_that_send_the_form_at_once_get_one_person_and_no_error_page(pool: Pool, tally: Tally):
    made = pool.do("make_clinic", slug="browsers")
    posts: list[Step] = [
        ("post_new_member", {"actor": made["members"][0], "email": email, "submission": str(uuid4())})
        for email in _spelled("-browser")
    ]

    outcomes = tally.add(pool.race(posts))

    statuses = sorted(status for status, _place in wins(outcomes))
    assert statuses == [302] + [422] * (RUNNERS - 1)
    assert pool.do("counts", clinic=made["clinic"])["members"] == 2


def test_one_form_sent_twenty_times_adds_one_person_and_every_sender_gets_that_person(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        made = pool.do("make_clinic", slug=f"double-click-{number}")
        same = {"actor": made["members"][0], "email": f"dora{number}@click.example", "submission": str(uuid4())}

        outcomes = tally.add(pool.race([("add", {**same, "is_practitioner": True})] * RUNNERS))

        assert len(wins(outcomes)) == RUNNERS
        assert len(set(wins(outcomes))) == 1
        counts = pool.do("counts", clinic=made["clinic"])
        assert (counts["members"], counts["invitations"], counts["mails"], counts["added"]) == (2, 1, 1, 1)


def test_the_last_seat_goes_to_one_of_twenty(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        made = pool.do("make_clinic", slug=f"seats-{number}", practitioners=4)
        adds: list[Step] = [
            (
                "add",
                {
                    "actor": made["members"][0],
                    "email": f"seat{turn}@seats-{number}.example",
                    "submission": str(uuid4()),
                    "is_practitioner": True,
                },
            )
            for turn in range(RUNNERS)
        ]

        outcomes = tally.add(pool.race(adds))

        assert len(wins(outcomes)) == 1
        assert refusals(outcomes) == {"PlanFull": RUNNERS - 1}
        assert pool.do("counts", clinic=made["clinic"])["seats"] == made["seats"]
