"""Signing up at once: one address is one login, one form is one clinic."""

from uuid import uuid4

from tests.races.pool import Pool, Tally, refusals, wins
from tests.races.verdict import rounds

AT_ONCE = 10


def test_one_address_signed_up_ten_times_at_once_is_one_login_with_one_clinic(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        email = f"sue{number}@address.example"

        outcomes = tally.add(
            pool.race([("open_clinic", {"email": email, "submission": str(uuid4())}) for _ in range(AT_ONCE)])
        )

        assert len(wins(outcomes)) == 1
        assert refusals(outcomes) == {"ActionRefused": AT_ONCE - 1}
        assert pool.do("logins_like", part=email) == [email]
        assert len(pool.do("clinics_opened_by", email=email)) == 1


def test_one_form_sent_ten_times_at_once_opens_one_clinic_and_every_sender_gets_it(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        email = f"sam{number}@form.example"

        outcomes = tally.add(pool.race([("open_clinic", {"email": email, "submission": str(uuid4())})] * AT_ONCE))

        assert len(wins(outcomes)) == AT_ONCE
        assert len({tuple(each) for each in wins(outcomes)}) == 1
        assert len(pool.do("clinics_opened_by", email=email)) == 1


def test_clinics_of_one_name_opened_at_once_get_an_address_each(pool: Pool, tally: Tally):
    outcomes = tally.add(
        pool.race(
            [
                ("open_clinic", {"email": f"owner{number}@names.example", "submission": str(uuid4())})
                for number in range(AT_ONCE)
            ]
        )
    )

    assert len({clinic for clinic, _owner in wins(outcomes)}) == AT_ONCE
