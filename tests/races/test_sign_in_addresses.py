"""The address and the password that somebody signs in with, changed by two at once (C2, A17, A25)."""

from uuid import uuid4

from tests.races.pool import Pool, Tally, wins
from tests.races.verdict import rounds


def _asked(pool: Pool, slug: str, email: str) -> dict[str, int | str]:
    """Somebody who has asked for this address."""
    person = pool.do("make_person", slug=slug)
    return {**person, "change": pool.do("ask_for_change", user=person["user"], email=email)}


def _confirm(person: dict[str, int | str]) -> tuple[str, dict[str, int | str]]:
    return "confirm_address", {"user": person["user"], "change": person["change"]}


def test_confirmed_twice_the_address_changes_once(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        person = _asked(pool, f"login-twice-{number}", f"new{number}@login-twice.example")

        outcomes = tally.add(pool.race([_confirm(person)] * 5))

        assert [each.kind for each in outcomes] == ["ok"] * 5
        now = pool.do("look_at_login", user=person["user"])
        assert now["email"] == f"new{number}@login-twice.example"
        assert now["events"].count("email_changed") == 1


def test_of_confirming_and_cancelling_one_holds_and_the_record_agrees(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        new = f"new{number}@login-cancel.example"
        person = _asked(pool, f"login-cancel-{number}", new)

        confirmed, cancelled = tally.add(
            pool.race([_confirm(person), ("cancel_address", {"user": person["user"]})], spread=0.02)
        )

        is_changed = confirmed.kind == "ok"
        assert cancelled.value is not is_changed
        now = pool.do("look_at_login", user=person["user"])
        assert now["email"] == (new if is_changed else person["email"])
        assert (now["open"], now["confirmed"]) == (0, int(is_changed))
        assert ("email_changed" in now["events"]) == is_changed
        assert ("email_change_ended" in now["events"]) == (not is_changed)


def test_of_several_who_want_one_address_one_gets_it(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        new = f"wanted{number}@login-several.example"
        people = [pool.do("make_person", slug=f"login-several-{number}-{side}") for side in range(4)]
        for person in people:
            pool.do("age_mail")
            person["change"] = pool.do("ask_for_change", user=person["user"], email=new)

        outcomes = tally.add(pool.race([_confirm(person) for person in people]))

        assert len(wins(outcomes)) == 1
        assert [pool.do("look_at_login", user=person["user"])["email"] for person in people].count(new) == 1


def test_two_who_swap_their_addresses_do_not_wait_for_each_other(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        people = [pool.do("make_person", slug=f"login-swap-{number}-{side}") for side in "ab"]
        for person, other in zip(people, people[::-1], strict=True):
            person["change"] = pool.do("ask_for_change", user=person["user"], email=other["email"])

        outcomes = tally.add(pool.race([_confirm(person) for person in people]))

        assert wins(outcomes) == []
        now = [pool.do("look_at_login", user=person["user"])["email"] for person in people]
        assert now == [person["email"] for person in people]


def test_whichever_comes_first_an_objection_leaves_the_old_address(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        person = _asked(pool, f"login-object-{number}", f"thief{number}@login-object.example")

        _confirmed, objected = tally.add(
            pool.race([_confirm(person), ("object_to_address", {"change": person["change"]})], spread=0.02)
        )

        assert objected.kind == "ok"
        now = pool.do("look_at_login", user=person["user"])
        assert (now["email"], now["open"], now["confirmed"], now["ended"]) == (person["email"], 0, 0, 1)
        assert not pool.do("has_password", user=person["user"], password="correct horse battery")


def test_an_address_that_is_confirmed_while_somebody_signs_up_with_it_is_one_of_the_twos(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        new = f"new{number}@login-signs-up.example"
        person = _asked(pool, f"login-signs-up-{number}", new)

        confirmed, opened = tally.add(
            pool.race([_confirm(person), ("open_clinic", {"email": new, "submission": str(uuid4())})])
        )

        assert {confirmed.kind, opened.kind} == {"ok", "refused"}
        assert pool.do("logins_like", part=new) == [new]


def test_the_old_address_is_nobody_elses_at_the_moment_it_is_left_either(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        person = _asked(pool, f"login-left-{number}", f"new{number}@login-left.example")

        confirmed, opened = tally.add(
            pool.race([_confirm(person), ("open_clinic", {"email": person["email"], "submission": str(uuid4())})])
        )

        assert (confirmed.kind, opened.kind) == ("ok", "refused")
        assert pool.do("logins_like", part=person["email"]) == []


def test_an_invitation_that_is_sent_again_as_the_address_changes_keeps_no_old_link(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        person = _asked(pool, f"login-moves-{number}", f"new{number}@login-moves.example")
        [administrator] = pool.do("make_clinic", slug=f"login-invites-{number}")["members"]
        invited = pool.do("add", actor=administrator, email=person["email"], submission=str(uuid4()))
        pool.do("mark_mail_as_sent")

        outcomes = tally.add(
            pool.race([_confirm(person), ("resend", {"actor": administrator, "target": invited})], spread=0.01)
        )

        assert [each.kind for each in outcomes] == ["ok", "ok"]
        assert pool.do("look_at_login", user=person["user"])["versions"] == [2]


def test_one_who_is_invited_elsewhere_as_the_address_changes_has_one_login_and_no_old_link(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        person = _asked(pool, f"login-joins-{number}", f"new{number}@login-joins.example")
        [administrator] = pool.do("make_clinic", slug=f"login-adds-{number}")["members"]

        confirmed, added = tally.add(
            pool.race(
                [
                    _confirm(person),
                    ("add", {"actor": administrator, "email": person["email"], "submission": str(uuid4())}),
                ],
                spread=0.02,
            )
        )

        # Invited before, the invitation moves with the login; after, the address is not to be had for a while.
        assert confirmed.kind == "ok"
        now = pool.do("look_at_login", user=person["user"])
        assert now["versions"] == ([2] if added.kind == "ok" else [])


def test_two_wishes_at_once_leave_one_open(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        person = pool.do("make_person", slug=f"login-requests-{number}")
        steps = [
            ("ask_for_address", {"user": person["user"], "email": f"{side}{number}@login-requests.example"})
            for side in "abc"
        ]

        outcomes = tally.add(pool.race(steps))

        assert [each.kind for each in outcomes] == ["ok"] * 3
        now = pool.do("look_at_login", user=person["user"])
        assert (now["open"], now["ended"]) == (1, 2)


def test_the_same_new_password_sent_twice_is_set_once_and_of_two_one_holds(pool: Pool, tally: Tally):
    for number in range(rounds(5)):
        person = pool.do("make_person", slug=f"login-password-{number}")
        same = ("choose_password", {"user": person["user"], "password": "a boat called wednesday"})
        other = ("choose_password", {"user": person["user"], "password": "a train called friday"})

        outcomes = tally.add(pool.race([same, same, other]))

        is_same = outcomes[2].kind == "refused"
        assert [each.kind for each in outcomes[:2]] == (["ok"] * 2 if is_same else ["refused"] * 2)
        holds = "a boat called wednesday" if is_same else "a train called friday"
        assert pool.do("has_password", user=person["user"], password=holds)
        assert pool.do("look_at_login", user=person["user"])["events"].count("password_changed") == 1


def test_who_is_invited_as_an_unproved_login_leaves_the_address_is_invited_there(pool: Pool, tally: Tally):
    """A58."""
    for number in range(rounds(5)):
        squatter = _asked(pool, f"login-squats-{number}", f"thief{number}@login-squats.example")
        pool.do("unprove", user=squatter["user"])
        [administrator] = pool.do("make_clinic", slug=f"login-types-{number}")["members"]
        invitation = {"actor": administrator, "email": squatter["email"], "submission": str(uuid4())}

        outcomes = tally.add(pool.race([_confirm(squatter), ("add", invitation)], spread=0.01))

        assert [each.kind for each in outcomes] == ["ok", "ok"]
        invited = pool.do("look_at_invited", email=squatter["email"])
        assert (len(invited["members"]), invited["mailed"], invited["versions"]) == (1, [squatter["email"]], [1])


def test_an_invitation_sent_again_as_an_unproved_login_leaves_stays_with_the_address(pool: Pool, tally: Tally):
    """A58."""
    for number in range(rounds(5)):
        squatter = _asked(pool, f"login-leaves-{number}", f"thief{number}@login-leaves.example")
        pool.do("unprove", user=squatter["user"])
        [administrator] = pool.do("make_clinic", slug=f"login-resends-{number}")["members"]
        invited = pool.do("add", actor=administrator, email=squatter["email"], submission=str(uuid4()))
        pool.do("mark_mail_as_sent")

        outcomes = tally.add(
            pool.race([_confirm(squatter), ("resend", {"actor": administrator, "target": invited})], spread=0.01)
        )

        assert [each.kind for each in outcomes] == ["ok", "ok"]
        now = pool.do("look_at_invited", email=squatter["email"])
        assert now == {"members": [invited], "mailed": [squatter["email"]], "versions": [1]}


def _invited_at(pool: Pool, slug: str, email: str) -> tuple[int, int]:
    """An administrator of a clinic that has invited the address, and who it has invited there."""
    [administrator] = pool.do("make_clinic", slug=slug)["members"]
    invited = pool.do("add", actor=administrator, email=email, submission=str(uuid4()))
    pool.do("mark_mail_as_sent")
    return administrator, invited


def test_an_invitation_to_the_new_address_is_accepted_or_goes_along(pool: Pool, tally: Tally):
    """A70: never both, and nobody is left without a login."""
    for number in range(rounds(5)):
        new = f"new{number}@login-takes.example"
        person = _asked(pool, f"login-takes-{number}", new)
        _administrator, invited = _invited_at(pool, f"login-invited-{number}", new)

        confirmed, accepted = tally.add(
            pool.race([_confirm(person), ("accept", {"link": pool.do("link_of", member=invited)})], spread=0.02)
        )

        assert {confirmed.kind, accepted.kind} == {"ok", "refused"}
        assert pool.do("logins_like", part=new) == [new]
        now = pool.do("look_at_login", user=person["user"])
        assert now["versions"] == ([1] if confirmed.kind == "ok" else [])


def test_who_is_invited_at_the_new_address_as_it_is_confirmed_is_the_person_who_has_it(pool: Pool, tally: Tally):
    """One clinic has invited it before, another does at this moment."""
    for number in range(rounds(5)):
        new = f"new{number}@login-new.example"
        person = _asked(pool, f"login-new-{number}", new)
        administrator, invited = _invited_at(pool, f"login-first-{number}", new)
        [elsewhere] = pool.do("make_clinic", slug=f"login-second-{number}")["members"]
        steps = [
            _confirm(person),
            ("add", {"actor": elsewhere, "email": new, "submission": str(uuid4())}),
            ("cancel", {"actor": administrator, "target": invited}),
        ]

        outcomes = tally.add(pool.race(steps, spread=0.02))

        assert [each.kind for each in outcomes] == ["ok"] * 3
        assert pool.do("logins_like", part=new) == [new]
        assert len(pool.do("look_at_login", user=person["user"])["versions"]) == 2
