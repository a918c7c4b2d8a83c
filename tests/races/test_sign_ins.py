"""What is ended stays ended, whatever its browser was doing at that moment (A16, A17); guesses at once (A65)."""

from tests.races.pool import RUNNERS, Pool, Tally, wins
from tests.races.verdict import rounds, rounds_until

OTHERS = 9
IN, OUT = 200, 302
WRONG, WAIT = 422, 429


def test_browsers_that_are_busy_while_they_are_signed_out_are_out_with_their_next_request(pool: Pool, tally: Tally):
    [member] = pool.do("make_clinic", slug="sign-ins")["members"]
    seen: set[int] = set()
    for _number, times in rounds_until(lambda: seen == {IN, OUT}, 4):
        here, *others = pool.do("sign_in_often", member=member, times=1 + OTHERS)

        race = [("end_everywhere_else", {"key": here}), *(("open_page", {"key": key}) for key in others)]
        answers = wins(tally.add(pool.race(race, spread=times * 0.03)))

        seen.update(answers[1:])
        assert set(answers) <= {IN, OUT}
        assert [pool.do("open_page", key=key) for key in (here, *others)] == [IN] + OTHERS * [OUT]
        assert pool.do("sign_ins_of", member=member)["sign_ins"] == 1
    assert seen == {IN, OUT}, "Neither side ever came first: this was no race."


def test_two_browsers_that_end_all_others_at_once_do_not_bring_anything_back(pool: Pool, tally: Tally):
    """The later one is out itself, or has found nothing left to end."""
    [member] = pool.do("make_clinic", slug="sign-ins-both")["members"]
    for _ in range(rounds(4)):
        keys = pool.do("sign_in_often", member=member, times=2)

        tally.add(pool.race([("end_everywhere_else", {"key": key}) for key in keys]))

        assert pool.do("sign_ins_of", member=member)["sign_ins"] <= 1
        assert pool.do("open_page", key=keys[0]) == OUT or pool.do("open_page", key=keys[1]) == OUT


def test_guesses_with_one_mark_at_once_are_all_counted_and_the_next_twenty_are_refused(pool: Pool, tally: Tally):
    """Those that are under way at the same moment are taken together, from wherever they come; no more than those."""
    pool.do("make_clinic", slug="one-mark")
    email = "administrator0@one-mark.example"
    mark = pool.do("make_known", email=email)
    guesses = [("guess", {"email": email, "mark": mark, "place": place}) for place in range(RUNNERS)]

    first = wins(tally.add(pool.race(guesses)))
    counted = pool.do("failures_under_marks")
    second = wins(tally.add(pool.race(guesses)))

    assert set(first) <= {WRONG, WAIT} and 5 <= counted <= RUNNERS
    assert first.count(WRONG) <= counted, "One was taken and not counted."
    assert second == RUNNERS * [WAIT]
    assert pool.do("failures_under_marks") == counted
    assert pool.do("guess", email=email, mark="", place=99) == WRONG, "A browser without the mark is not concerned."
