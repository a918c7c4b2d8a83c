"""An invitation is accepted once (C1, A24, A28), and of an acceptance and a change at once one wins (K7)."""

from uuid import uuid4

import pytest

from tests.races.pool import RUNNERS, Pool, Tally, refusals, wins
from tests.races.verdict import rounds

SPREAD = 0.006


def _invite(pool: Pool, slug: str) -> tuple[int, int, int]:
    """A clinic with somebody invited: the clinic, its administrator, the person."""
    made = pool.do("make_clinic", slug=slug)
    [administrator] = made["members"]
    person = pool.do("add", actor=administrator, email=f"ivy@{slug}.example", submission=str(uuid4()))
    pool.do("mark_mail_as_sent")
    return made["clinic"], administrator, person


def test_one_invitation_accepted_twenty_times_at_once_is_accepted_once(pool: Pool, tally: Tally):
    for number in range(rounds(2)):
        clinic, _administrator, person = _invite(pool, f"accept-{number}")
        link = pool.do("link_of", member=person)

        outcomes = tally.add(pool.race([("accept", {"link": link})] * RUNNERS))

        assert wins(outcomes) == [person]
        assert refusals(outcomes) == {"LinkDead": RUNNERS - 1}
        assert {each.words for each in outcomes if each.kind == "refused"} == {"used"}
        assert pool.do("counts", clinic=clinic)["joined"] == 1


def test_one_invitation_accepted_twenty_times_by_its_login_is_accepted_once(pool: Pool, tally: Tally):
    made = pool.do("make_clinic", slug="own-login")
    user = pool.do("make_login", email="lena@own-login.example")
    person = pool.do("add", actor=made["members"][0], email="lena@own-login.example", submission=str(uuid4()))
    accept = ("accept_signed_in", {"link": pool.do("link_of", member=person), "user": user})

    outcomes = tally.add(pool.race([accept] * RUNNERS))

    assert wins(outcomes) == [person]
    assert refusals(outcomes) == {"LinkDead": RUNNERS - 1}
    assert pool.do("counts", clinic=made["clinic"])["joined"] == 1


def test_acceptance_or_cancelling_wins_and_the_activity_says_which(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        _clinic, administrator, person = _invite(pool, f"cancel-{number}")
        link = pool.do("link_of", member=person)

        accepted, cancelled = tally.add(
            pool.race(
                [("accept", {"link": link}), ("cancel", {"actor": administrator, "target": person})], spread=SPREAD
            )
        )

        now = pool.do("look", member=person)
        assert {accepted.kind, cancelled.kind} == {"ok", "refused"}
        if accepted.kind == "ok":
            assert cancelled.name == "NotPermitted"
            assert now["activity"] == ["member_added", "invitation_accepted"]
            assert now["has_joined"] and now["accepted"] and now["is_active"] and not now["cancelled"]
        else:
            assert (accepted.name, accepted.words) == ("LinkDead", "cancelled")
            assert now["activity"] == ["member_added", "invitation_cancelled"]
            assert now["cancelled"] and not now["has_joined"] and not now["accepted"] and not now["is_active"]
            assert not now["has_password"]


@pytest.mark.parametrize(
    ("slug", "change"),
    [("role", {"role": "scheduler"}), ("off", {"is_active": False}), ("address", {"email": "{0}@corrected.example"})],
)
def test_acceptance_or_a_change_of_the_person_wins(pool: Pool, tally: Tally, slug: str, change: dict[str, str]):
    """A change kills the link (A25); an acceptance makes the page that the change was typed into an old one."""
    for number in range(rounds(5)):
        _clinic, administrator, person = _invite(pool, f"{slug}-{number}")
        before = pool.do("look", member=person)
        link = pool.do("link_of", member=person)
        wanted = {
            name: value.format(f"ivy{number}") if isinstance(value, str) else value for name, value in change.items()
        }

        accepted, changed = tally.add(
            pool.race(
                [("accept", {"link": link}), ("change", {"actor": administrator, "target": person, **wanted})],
                spread=SPREAD,
            )
        )

        now = pool.do("look", member=person)
        verb = "member_deactivated" if "is_active" in wanted else "member_updated"
        if accepted.kind == "refused":
            assert changed.kind == "ok"
            assert accepted.words in {"replaced", "cancelled"}
            assert now["activity"] == ["member_added", verb]
            assert not now["has_joined"] and not now["accepted"] and not now["has_password"]
            assert {name: now[name] for name in wanted} == wanted
        else:
            assert changed.name == "ChangedMeanwhile"
            assert now["activity"] == ["member_added", "invitation_accepted"]
            assert now["has_joined"] and now["accepted"] and now["has_password"]
            assert {name: now[name] for name in wanted} == {name: before[name] for name in wanted}


def test_a_resend_never_undoes_an_acceptance(pool: Pool, tally: Tally):
    """A resend first leaves the same link working, so that both can succeed, in that order only."""
    for number in range(rounds(5)):
        _clinic, administrator, person = _invite(pool, f"resend-{number}")
        link = pool.do("link_of", member=person)

        accepted, resent = tally.add(
            pool.race(
                [("accept", {"link": link}), ("resend", {"actor": administrator, "target": person})], spread=SPREAD
            )
        )

        now = pool.do("look", member=person)
        assert accepted.kind == "ok"
        assert now["has_joined"] and now["accepted"] and now["has_password"]
        if resent.kind == "ok":
            assert now["activity"] == ["member_added", "invitation_resent", "invitation_accepted"]
            assert now["mails"] == 2
        else:
            assert resent.name == "NotPermitted"
            assert now["activity"] == ["member_added", "invitation_accepted"]
            assert now["mails"] == 1


def test_nothing_is_joined_with_the_password_of_before_once_the_mailbox_is_proved(pool: Pool, tally: Tally):
    """A73: a stranger joins by a link that was copied, at the moment at which its person comes by what was mailed."""
    for number in range(rounds(5)):
        email = f"ivy@proved-{number}.example"
        user = pool.do("make_login", email=email)
        pool.do("unprove", user=user)
        people = []
        for clinic in ("theirs", "strangers"):
            made = pool.do("make_clinic", slug=f"{clinic}-{number}")
            people += [pool.do("add", actor=made["members"][0], email=email, submission=str(uuid4()))]
        mailed, copied = (pool.do("link_of", member=person) for person in people)

        accepted, joined = tally.add(
            pool.race(
                [("accept", {"link": mailed}), ("accept_signed_in", {"link": copied, "user": user})], spread=SPREAD
            )
        )

        theirs, strangers = (pool.do("look", member=person) for person in people)
        assert accepted.kind == "ok" and theirs["has_joined"]
        assert not strangers["has_joined"] and not strangers["accepted"] and strangers["is_active"]
        assert joined.kind == "ok" or joined.name == "SignInAgain"
        assert strangers["activity"][1:] == (["invitation_accepted", "joining_undone"] if joined.kind == "ok" else [])


def test_twenty_clicks_on_resend_send_one_more_mail(pool: Pool, tally: Tally):
    _clinic, administrator, person = _invite(pool, "impatient")

    outcomes = tally.add(pool.race([("resend", {"actor": administrator, "target": person})] * RUNNERS))

    assert len(wins(outcomes)) == RUNNERS
    now = pool.do("look", member=person)
    assert (now["mails"], now["activity"]) == (2, ["member_added", "invitation_resent"])
