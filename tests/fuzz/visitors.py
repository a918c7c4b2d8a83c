"""Who sends requests: each in a browser that stands as deep in the product as its owner can get."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpResponse, SimpleCookie
from django.test import Client
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from accounts.core.tokens import ConfirmationLink, EmailChangeLink, Side, reset_tokens
from accounts.models import Account, Dispute, Member, TwoFactorRecovery, User
from accounts.tests.address_changes import pending_change
from accounts.tests.authenticators import give_app, give_backup_codes, key_on, show_password, shown
from accounts.tests.links import path_of, token_of
from accounts.tests.soft_passkey import give_passkey
from accounts.tests.support_desk import recovery_of, request_of, support_staff
from clinic.clock import database_now
from practitioners.tests.factories import BusinessFactory, first_business, rests, works

SignIn = Callable[[Member | User], Client]
Ids = dict[str, list[object]]


# Each form is sent with this, so that it is read to its end.
TOKEN = "a" * 32


@dataclass
class Visitor:
    """A browser, and what stands in the places of the addresses that it opens."""

    client: Client
    ids: Ids
    # What the visitor's app shows, and the one that is being set up.
    code: str = "123456"
    new_code: str = "123456"
    _cookies: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        own = {name: morsel.value for name, morsel in self.client.cookies.items()}
        self._cookies = {**own, settings.CSRF_COOKIE_NAME: TOKEN}

    @property
    def headers(self) -> dict[str, str]:
        """What the browser sends with each request, whatever an answer since undone made of its cookies."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"HTTP_COOKIE": cookies, "HTTP_X_CSRFTOKEN": TOKEN}

    def look_at(self, address: str) -> HttpResponse:
        """The page that opens there."""
        self.client.cookies = SimpleCookie(self._cookies)
        return self.client.get(address, follow=True)


@dataclass
class Town:
    """The cast with everything that pages can be about, and a visitor of each kind."""

    clinic: Account
    owner: Member
    administrator: Member
    receptionist: Member
    practitioner: Member
    invited: Member
    dispute: Dispute
    support: User
    recovery: TwoFactorRecovery
    sign_in: SignIn

    @classmethod
    def of(cls, cast, sign_in: SignIn) -> "Town":
        """Give the practitioner of the cast hours and breaks, and the clinic a request about its ownership."""
        works(cast.practitioner)
        rests(cast.practitioner)
        staff = support_staff()
        people = (cast.clinic, cast.owner, cast.administrator, cast.receptionist, cast.practitioner, cast.invited)
        ended = {"ended_at": database_now(), "outcome": "withdrawn"}
        recovery = recovery_of(cast.receptionist.user, staff, **ended)
        return cls(*people, request_of(cast.administrator), staff, recovery, sign_in)

    def visitor(self, kind: str) -> Visitor:
        """The visitor of that kind."""
        return VISITORS[kind](self)

    def ids(self) -> Ids:
        """What stands for each part of an address, where it is right."""
        return {
            "account_slug": [self.clinic.slug],
            "member_id": [self.invited.pk, self.receptionist.pk, self.practitioner.pk, self.owner.pk],
            "business_id": [first_business(self.clinic).pk, BusinessFactory(account=self.clinic).pk],
            "invitation_id": [self.invited.invitation.pk],
            "account_id": [self.clinic.pk],
            "dispute_id": [self.dispute.pk],
            "user_id": [self.receptionist.user_id],
            "recovery_id": [self.recovery.pk],
            "uidb64": ["MQ"],
            "token": [token_of(self.invited), ConfirmationLink.of(self.receptionist.user).token(), "a-b"],
            "name": ["20300831T000000000000-00000000"],
        }


def _stranger(town: Town) -> Visitor:
    return Visitor(Client(), town.ids())


def _receptionist(town: Town) -> Visitor:
    return Visitor(town.sign_in(town.receptionist), town.ids())


def _support(town: Town) -> Visitor:
    """Who may help the receptionist, whose phone is lost."""
    give_app(town.receptionist.user)
    return Visitor(town.sign_in(town.support), {**town.ids(), "member_id": [town.administrator.pk]})


def _owner(town: Town) -> Visitor:
    """Who is about to set up two-factor authentication."""
    client = town.sign_in(town.owner)
    page = client.get(reverse("accounts:two_factor"))
    ids = {**town.ids(), "sign_in_id": [town.owner.user.sign_ins.get().pk]}
    return Visitor(client, ids, new_code=shown(key_on(page)))


def _practitioner(town: Town) -> Visitor:
    """Who has an app, a passkey, backup codes and a trusted browser, and has opened the links of two mails."""
    user = town.practitioner.user
    seed = give_app(user)
    give_passkey(user)
    give_backup_codes(user)
    now = database_now()
    trusted = user.trusted_browsers.create(token_hash="x", created_at=now, last_used_at=now, expires_at=now)
    client, change = town.sign_in(user), pending_change(town.practitioner)
    User.objects.filter(pk=user.pk).update(email_confirmed_at=None)
    links = {
        "email": ConfirmationLink.of(user).token(),
        "email_change_link": EmailChangeLink.of(change, Side.NEW).token(),
    }
    for name, token in links.items():
        client.get(reverse(f"accounts:{name}", args=[token]))
    page = client.get(reverse("accounts:two_factor"))
    own = {
        "member_id": town.practitioner.pk,
        "passkey_id": user.passkeys.get().pk,
        "browser_id": trusted.pk,
        "sign_in_id": user.sign_ins.get().pk,
    }
    ids = {**town.ids(), **{name: [pk] for name, pk in own.items()}, "token": [*links.values()]}
    return Visitor(client, ids, shown(seed), shown(key_on(page)))


def _on_the_way_in(town: Town) -> Visitor:
    """Who has shown a password and no code yet, and opened an invitation, an objection and a link to a new password."""
    client, user = Client(), town.practitioner.user
    seed = give_app(user)
    show_password(client, user)
    change = pending_change(town.receptionist, confirmed_at=database_now())
    objection = EmailChangeLink.of(change, Side.OLD).token()
    reset = _reset_of(town.receptionist.user)
    client.get(path_of(town.invited))
    client.get(reverse("accounts:email_objection_link", args=[objection]))
    client.get(reverse("accounts:password_reset_link", args=reset))
    ids = {**town.ids(), "uidb64": [reset[0]], "token": [token_of(town.invited), objection]}
    ids["accounts:password_reset_link token"] = ["set-password"]
    return Visitor(client, ids, shown(seed))


def _reset_of(user: User) -> list[str]:
    return [urlsafe_base64_encode(str(user.pk).encode()), reset_tokens.make_token(user)]


VISITORS: dict[str, Callable[[Town], Visitor]] = {
    "a stranger": _stranger,
    "somebody on the way in": _on_the_way_in,
    "a receptionist": _receptionist,
    "a practitioner with two-factor authentication": _practitioner,
    "an owner": _owner,
    "support": _support,
}
