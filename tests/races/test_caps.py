"""The caps of invitations hold to the last one, however many ask at once (A51)."""

from uuid import uuid4

from tests.races.pool import RUNNERS, Pool, Step, Tally, refusals, wins
from tests.races.verdict import rounds

ROOM = 7


def _add(actor: int, email: str, **caps: int) -> Step:
    return "add_within", {"caps": caps, "actor": actor, "email": email, "submission": str(uuid4())}


def test_of_twenty_sent_at_once_by_one_administrator_as_many_go_as_there_is_room_for(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        made = pool.do("make_clinic", slug=f"one-sender-{number}")
        [actor] = made["members"]
        adds = [_add(actor, f"p{turn}@one-{number}.example", administrator=ROOM) for turn in range(RUNNERS)]

        outcomes = tally.add(pool.race(adds))

        assert len(wins(outcomes)) == ROOM
        assert refusals(outcomes) == {"TooSoon": RUNNERS - ROOM}
        assert pool.do("counts", clinic=made["clinic"])["mails"] == ROOM


def test_of_twenty_sent_at_once_from_one_account_as_many_go_as_there_is_room_for(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        made = pool.do("make_clinic", slug=f"one-account-{number}", administrators=4)
        senders = made["members"]
        adds = [_add(senders[turn % 4], f"p{turn}@account-{number}.example", account=ROOM) for turn in range(RUNNERS)]

        outcomes = tally.add(pool.race(adds))

        assert len(wins(outcomes)) == ROOM
        assert refusals(outcomes) == {"TooSoon": RUNNERS - ROOM}
        assert pool.do("counts", clinic=made["clinic"])["mails"] == ROOM


def test_of_twenty_clinics_that_invite_one_address_at_once_as_many_do_as_there_is_room_for(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        made = [pool.do("make_clinic", slug=f"recipient-{number}-{turn}") for turn in range(RUNNERS)]
        adds = [_add(each["members"][0], f"nina@recipient-{number}.example", recipient=ROOM) for each in made]

        outcomes = tally.add(pool.race(adds))

        assert len(wins(outcomes)) == ROOM
        assert refusals(outcomes) == {"TooSoon": RUNNERS - ROOM}
        assert sum(pool.do("counts", clinic=each["clinic"])["mails"] for each in made) == ROOM
