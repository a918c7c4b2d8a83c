"""Links as people get them, and what a database holds before and after."""

import base64
import re
import zlib
from typing import Any

from django.apps import apps
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.core.tokens import InvitationLink
from accounts.models import Activity, Invitation, Member
from accounts.tests.factories import PASSWORD

CHOSEN = "a boat called wednesday"
ACCEPT = "/invitations/"


def invitation_of(member: Member) -> Invitation:
    """The invitation of a member, as it is on file now."""
    return Invitation.objects.get(member=member)


def token_of(member: Member) -> str:
    """The token in the link that works now."""
    return InvitationLink.of(invitation_of(member)).token()


def path_of(member: Member) -> str:
    """The address of the link that works now, without the host."""
    return reverse("accounts:invitation", args=[token_of(member)])


def html_of(message: EmailMessage) -> str:
    """The HTML part of a message."""
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    return html


def path_in(message: EmailMessage) -> str:
    """The address of the message's button, without the host, from its text."""
    return re.search(r"^http://testserver(/\S+)$", message.body, re.MULTILINE).group(1)


def copied_link(browser: Client, address: str) -> str:
    """Copy the invitation link of the person whose address this is, with the password; the link without the host."""
    page = browser.post(address, {"reverify_password": PASSWORD})
    return re.search(r'id="invitation-link" value="http://testserver([^"]+)"', page.text).group(1)


def opened(member: Member, client: Client | None = None) -> Client:
    """A browser in which the link of `member` was opened; a new one unless given."""
    client = client or Client()
    client.get(path_of(member))
    return client


def join(member: Member, password: str = CHOSEN) -> Client:
    """Open the link and create a password; returns the browser."""
    client = opened(member)
    response = client.post(ACCEPT, {"password": password})
    assert response.status_code == 302, response.text
    return client


def after_joining(member: Member) -> str:
    """Where a practitioner is led who has just joined: to their settings, to fill them in or to skip them (S14)."""
    return f"/{member.account.slug}/settings/users/{member.pk}/practitioner/?first=1"


def snapshot(*, sessions: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table; without `sessions`, not those, counts of strangers' requests, or what support read."""
    left_out = set() if sessions else {"Session", "SignIn", "LimitedUse"}
    models = [each for each in apps.get_models(include_auto_created=True) if each.__name__ not in left_out]
    rows = {each._meta.label: list(each._base_manager.order_by("pk").values()) for each in models}
    if not sessions:
        label = Activity._meta.label
        rows[label] = [each for each in rows[label] if each["verb"] not in Activity.READ]
    return rows


def all_text() -> str:
    """Everything that the database holds, as text, with what sessions hold unpacked."""
    return f"{snapshot(sessions=True)} {unpacked_sessions()}"


def unpacked_sessions() -> list[str]:
    """What sessions hold, unpacked."""
    return [_unpack(row["session_data"]) for row in snapshot(sessions=True)["sessions.Session"]]


def _unpack(session_data: str) -> str:
    packed = session_data.split(":", maxsplit=1)[0]
    body = base64.urlsafe_b64decode(packed.lstrip(".") + "=" * (-len(packed.lstrip(".")) % 4))
    return (zlib.decompress(body) if packed.startswith(".") else body).decode()


def alike(text: str) -> str:
    """A page without what differs at every request: form tokens, nonces, ids of forms, how long the session lasts.

    And without what stands for all that the form showed, which is another for every person, and without moments, which
    differ between two pages made on either side of a minute.
    """
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    text = re.sub(r'nonce="[^"]*"', "", text)
    text = re.sub(r'name="shown" value="[0-9a-f]+"', "", text)
    text = re.sub(r'data-session-seconds="\d+"', "", text)
    text = re.sub(r"(\d{4}-\d\d-\d\dT|(\w+day )?\d{1,2} \w+( \d{4})?(,| at) )?\d\d:\d\d(:\d\d\.?\d*)?", "", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "", text)
