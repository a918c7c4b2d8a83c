"""Accounts that are brought over at once: each is here once and whole, and no import waits for another for ever."""

from uuid import uuid4

from tests.races.pool import Pool, Tally
from tests.races.verdict import rounds

AT_ONCE = 4
PEOPLE = 12

Line = dict[str, str]


def _lines(reference: str, emails: list[str], *, role: str = "receptionist") -> list[Line]:
    """A line for each address, in this order; the first is the only administrator."""
    about = {"account": reference, "account_name": f"Clinic {reference}"}
    roles = ["administrator"] + [role] * (len(emails) - 1)
    return [{**about, "name": "Nina", "email": email, "role": each} for email, each in zip(emails, roles, strict=True)]


def _emails(domain: str) -> list[str]:
    return [f"p{number:02}@{domain}.example" for number in range(PEOPLE)]


def test_the_same_accounts_at_once_are_made_once_and_found_by_the_others(pool: Pool, tally: Tally):
    for number in range(rounds(4)):
        references = [f"same{number}-{each}" for each in "ab"]
        lines = [line for reference in references for line in _lines(reference, _emails(reference))]

        outcomes = tally.add(pool.race([("bring_over", {"lines": lines})] * AT_ONCE, spread=0.01))

        assert [each.value["error"] for each in outcomes] == [""] * AT_ONCE
        printed = [line for each in outcomes for line in each.value["lines"]]
        for reference in references:
            made = [line for line in printed if line.startswith(f"account {reference}: new; {PEOPLE} added")]
            found = [line for line in printed if line.startswith(f"account {reference}: here already; 0 added")]
            assert (len(made), len(found)) == (1, AT_ONCE - 1)
            now = pool.do("look_at_imported", reference=reference)
            assert now == {"members": _emails(reference), "owners": 1, "made": 1, "added": PEOPLE}


def test_the_same_people_in_another_order_have_a_login_each_and_both_accounts_come(pool: Pool, tally: Tally):
    for number in range(rounds(4)):
        emails = _emails(f"order{number}")
        for email in emails[::2]:
            pool.do("make_login", email=email)
        files = {f"up{number}": emails, f"down{number}": emails[::-1]}

        outcomes = tally.add(
            pool.race([("bring_over", {"lines": _lines(name, order)}) for name, order in files.items()], spread=0.01)
        )

        assert [each.value["error"] for each in outcomes] == ["", ""]
        assert sorted(pool.do("logins_like", part=f"@order{number}.example")) == emails
        for reference in files:
            assert pool.do("look_at_imported", reference=reference)["members"] == emails


def test_someone_who_signs_up_as_their_line_is_read_is_in_one_of_the_two_places(pool: Pool, tally: Tally):
    """A57: whoever signs up has proved nothing."""
    for number in range(rounds(4)):
        email = f"sue@meets{number}.example"
        lines = _lines(f"meets{number}", [f"ann@meets{number}.example", email])

        brought, opened = tally.add(
            pool.race(
                [("bring_over", {"lines": lines}), ("open_clinic", {"email": email, "submission": str(uuid4())})],
                spread=0.1,
            )
        )

        [about] = [line for line in brought.value["lines"] if line.startswith(f"line 3: {email}: ")]
        is_in = email in pool.do("look_at_imported", reference=f"meets{number}")["members"]
        assert (about.endswith("added as receptionist"), opened.kind) == (is_in, "refused" if is_in else "ok")
        assert is_in or "refused: Someone signed up with this address" in about
        assert pool.do("logins_like", part=email) == [email]


def test_someone_who_is_invited_as_their_line_is_read_has_one_login_and_both_places(pool: Pool, tally: Tally):
    for number in range(rounds(4)):
        email = f"ivy@invited{number}.example"
        lines = _lines(f"invited{number}", [f"ann@invited{number}.example", email])
        [administrator] = pool.do("make_clinic", slug=f"import-invites-{number}")["members"]
        invitation = {"actor": administrator, "email": email, "submission": str(uuid4())}

        brought, added = tally.add(pool.race([("bring_over", {"lines": lines}), ("add", invitation)], spread=0.1))

        assert (brought.value["error"], added.kind) == ("", "ok")
        assert email in pool.do("look_at_imported", reference=f"invited{number}")["members"]
        assert pool.do("logins_like", part=email) == [email]


def test_an_address_that_is_left_as_its_line_is_read_gets_no_login(pool: Pool, tally: Tally):
    """A68: they come by that line as long as it is theirs, and then nobody does."""
    for number in range(rounds(4)):
        person = pool.do("make_person", slug=f"import-leaves-{number}")
        new = f"new@import-leaves-{number}.example"
        change = pool.do("ask_for_change", user=person["user"], email=new)
        lines = _lines(f"leaves{number}", [f"ann@leaves{number}.example", person["email"]])

        brought, confirmed = tally.add(
            pool.race(
                [
                    ("bring_over", {"lines": lines}),
                    ("confirm_address", {"user": person["user"], "change": change}),
                ],
                spread=0.1,
            )
        )

        assert confirmed.kind == "ok"
        was_added = not brought.value["error"]
        members = pool.do("look_at_imported", reference=f"leaves{number}")["members"]
        assert members == sorted([f"ann@leaves{number}.example", *([new] if was_added else [])])
        assert pool.do("logins_like", part=person["email"]) == []
