"""What the code of a release wrote in its time: Harbour Physio, its people and their mail, in that release's models.

Theo comes first of all, and so is the one whom a row is about that the story says nothing of: whatever people may have,
he has.
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.apps.registry import Apps
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.access import roles
from accounts.tests.factories import PASSWORD
from tests.upgrades.filler import fill_the_rest
from tests.upgrades.later_story import tell_of_later_releases

SLUG = "harbour-physio"
SESSION_KEY = "an0ld5ess10nkeyan0ld5ess10nkey00"
DAY = timedelta(days=1)

People = dict[str, Any]


def address(name: str) -> str:
    """The address that somebody of the story signs in with."""
    return f"{name.lower()}@harbour.example"


def tell(apps: Apps) -> None:
    """Write the story with the models of a release; every table that it has holds a row then."""
    people = _people(apps)
    _mail(apps, people, _invitation(apps, people))
    _session(people["Theo"])
    tell_of_later_releases(apps, people)
    fill_the_rest(apps)


def login(apps: Apps, name: str, **fields: object) -> Any:
    """Somebody who can sign in."""
    given = {"password": make_password(PASSWORD), "email_confirmed_at": timezone.now(), **fields}
    return apps.get_model("accounts.User").objects.create(email=address(name), **given)


def _people(apps: Apps) -> People:
    now = timezone.now()
    theo, olive = login(apps, "Theo"), login(apps, "Olive")
    clinic = apps.get_model("accounts.Account").objects.create(name="Harbour Physio", slug=SLUG, creator=olive)

    def person(name: str, role: str, user: Any = None, **fields: object) -> Any:
        given = {"user": user or login(apps, name), "first_name": name, "last_name": "Old", "joined_at": now, **fields}
        return apps.get_model("accounts.Member").objects.create(account=clinic, role=role, **given)

    nobody_yet = login(apps, "Ivy", password=make_password(None), email_confirmed_at=None)
    people = [
        person("Theo", roles.RECEPTIONIST, theo),
        person("Olive", roles.ADMINISTRATOR, olive, is_owner=True),
        person("Adam", roles.ADMINISTRATOR),
        person("Rita", roles.RECEPTIONIST, login(apps, "Rita", email_confirmed_at=None)),
        person("Paul", roles.PRACTITIONER, is_practitioner=True),
        person("Ina", roles.PRACTITIONER, is_practitioner=True, is_active=False, deactivated_at=now),
        person("Ivy", roles.PRACTITIONER, nobody_yet, is_practitioner=True, joined_at=None),
    ]
    for each in people:
        if each.is_practitioner:
            apps.get_model("practitioners.Practitioner").objects.create(member=each)
    return {each.first_name: each for each in people}


def _invitation(apps: Apps, people: People) -> Any:
    """Ivy's, corrected once: the link in her mail is of its second version. She has asked for another since."""
    now = timezone.now()
    entries = apps.get_model("accounts.Activity").objects
    for verb in ("member_added", "invitation_resent"):
        entries.create(account=people["Ivy"].account, actor=people["Adam"], subject=people["Ivy"], verb=verb)
    return apps.get_model("accounts.Invitation").objects.create(
        member=people["Ivy"],
        version=2,
        invited_by=people["Adam"],
        sent_at=now,
        expires_at=now + 7 * DAY,
        requested_at=now,
    )


def queue(apps: Apps, kind: str, user: Any, **fields: object) -> None:
    """Owe somebody a mail."""
    now = timezone.now()
    given = {"created_at": now, "next_attempt_at": now, "message_id": f"<{uuid4().hex}@old.example>", **fields}
    apps.get_model("accounts.OutboundEmail").objects.create(kind=kind, user=user, **given)


def _mail(apps: Apps, people: People, invitation: Any) -> None:
    """What was sent, what is waiting, and what a worker had in hand when it was stopped."""
    ivy = people["Ivy"].user
    sent = {"state": "accepted", "attempts": 1, "accepted_at": timezone.now(), "recipient": ivy.email}
    queue(apps, "invitation", ivy, invitation=invitation, version=1, **sent)
    queue(apps, "invitation", ivy, invitation=invitation, version=2)
    queue(apps, "invitation_requested", people["Adam"].user, invitation=invitation)
    queue(apps, "email_confirmation", people["Rita"].user)
    in_hand = {"state": "sending", "attempts": 1, "lease_until": timezone.now() - DAY}
    queue(apps, "password_reset", people["Paul"].user, **in_hand)


def _session(member: Any) -> None:
    """Of a browser that was signed in, under its key in plain, as Django's own store writes it."""
    session = SessionStore(SESSION_KEY)
    session.update(
        {"_auth_user_id": str(member.user_id), "_auth_user_backend": "accounts.authentication.MemberBackend"}
    )
    session.save(must_create=True)
