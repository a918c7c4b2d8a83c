"""Limits by IP address hold to the last one, however many come at once (A63)."""

from uuid import uuid4

from tests.races.pool import RUNNERS, Pool, Step, Tally, refusals, wins
from tests.races.verdict import rounds

ROOM = 5


def _sign_up(number: int, turn: int, ip_address: str) -> Step:
    return "open_clinic_within", {
        "limits": {"sign_up": ROOM},
        "email": f"p{turn}@mail{turn}-{number}.example",
        "submission": str(uuid4()),
        "ip_address": ip_address,
    }


def test_of_twenty_who_sign_up_at_once_from_one_ip_address_as_many_do_as_there_is_room_for(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        outcomes = tally.add(pool.race([_sign_up(number, turn, f"203.0.113.{number}") for turn in range(RUNNERS)]))

        assert len(wins(outcomes)) == ROOM
        assert refusals(outcomes) == {"LimitReached": RUNNERS - ROOM}


def test_one_form_sent_at_once_counts_once_and_every_sender_gets_the_clinic(pool: Pool, tally: Tally):
    once = {"limits": {"sign_up": 1}, "ip_address": "203.0.113.99"}
    step = ("open_clinic_within", {**once, "email": "sam@once.example", "submission": str(uuid4())})

    outcomes = tally.add(pool.race([step] * 10))

    assert len(wins(outcomes)) == 10
    assert len({tuple(each) for each in wins(outcomes)}) == 1


def test_of_twenty_addresses_of_one_ipv6_network_as_many_do_as_there_is_room_for(pool: Pool, tally: Tally):
    outcomes = tally.add(pool.race([_sign_up(9, turn, f"2001:db8:1:2::{turn + 1:x}") for turn in range(RUNNERS)]))

    assert len(wins(outcomes)) == ROOM
    assert refusals(outcomes) == {"LimitReached": RUNNERS - ROOM}


def test_clinics_of_one_ip_address_that_invite_at_once_send_as_many_as_there_is_room_for(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        made = [pool.do("make_clinic", slug=f"unproved-{number}-{turn}") for turn in range(10)]
        for each in made:
            pool.do("unprove_creator", clinic=each["clinic"])
        adds = [
            (
                "add_from",
                {
                    "limits": {"invitations": ROOM},
                    "ip_address": f"198.51.100.{number}",
                    "actor": made[turn % 10]["members"][0],
                    "email": f"p{turn}@unproved-{number}.example",
                    "submission": str(uuid4()),
                },
            )
            for turn in range(RUNNERS)
        ]

        outcomes = tally.add(pool.race(adds))

        assert len(wins(outcomes)) == ROOM
        assert refusals(outcomes) == {"LimitReached": RUNNERS - ROOM}
        assert sum(pool.do("counts", clinic=each["clinic"])["mails"] for each in made) == ROOM


def test_notices_of_twenty_changes_at_once_are_all_sent_or_listed(pool: Pool, tally: Tally):
    """Twenty administrators give somebody another role, while a sender takes whatever is due."""
    for number in range(rounds(2)):
        made = pool.do("make_clinic", slug=f"notices-{number}", administrators=10, practitioners=1)
        *administrators, person = made["members"]
        tells = [("tell_of_role", {"actor": actor, "target": person}) for actor in administrators]
        for _ in range(2):
            tally.add(pool.race([*tells, ("send_summaries", {"target": person})]))

        told = pool.do("notices_to", member=person)

        assert told["notices"] == 20
        assert told["single"] == 3
        assert told["single"] + told["listed"] == 20
