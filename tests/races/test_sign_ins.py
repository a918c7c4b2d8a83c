"""What is ended stays ended, whatever its browser was doing at that moment (A16, A17)."""

from tests.races.pool import Pool, Tally, wins
from tests.races.verdict import rounds

OTHERS = 9
IN, OUT = 200, 302


def test_browsers_that_are_busy_while_they_are_signed_out_are_out_with_their_next_request(pool: Pool, tally: Tally):
    [member] = pool.do("make_clinic", slug="sign-ins")["members"]
    seen = set()
    for _ in range(rounds(10)):
        here, *others = pool.do("sign_in_often", member=member, times=1 + OTHERS)

        race = [("end_everywhere_else", {"key": here}), *(("open_page", {"key": key}) for key in others)]
        answers = wins(tally.add(pool.race(race, spread=0.03)))

        seen |= set(answers[1:])
        assert set(answers) <= {IN, OUT}
        assert [pool.do("open_page", key=key) for key in (here, *others)] == [IN] + OTHERS * [OUT]
        assert pool.do("sign_ins_of", member=member)["sign_ins"] == 1
    assert seen == {IN, OUT}, "Neither side ever came first: this was no race."


def test_two_browsers_that_end_all_others_at_once_do_not_bring_anything_back(pool: Pool, tally: Tally):
    """The later one is out itself, or has found nothing left to end."""
    [member] = pool.do("make_clinic", slug="sign-ins-both")["members"]
    for _ in range(rounds(10)):
        keys = pool.do("sign_in_often", member=member, times=2)

        tally.add(pool.race([("end_everywhere_else", {"key": key}) for key in keys]))

        assert pool.do("sign_ins_of", member=member)["sign_ins"] <= 1
        assert pool.do("open_page", key=keys[0]) == OUT or pool.do("open_page", key=keys[1]) == OUT
