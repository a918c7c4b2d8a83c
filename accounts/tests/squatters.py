"""Mallory, who holds a login with Nina's address without reading her mail, and what Mallory can do with it (A58)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.core.mail import EmailMessage
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.core.details import MemberDetails
from accounts.core.tokens import EmailChangeLink, InvitationLink, Side
from accounts.models import Account, EmailChange, Member, OutboundEmail, User
from accounts.people.actions import add_member
from accounts.tests.address_changes import confirm, link_to
from accounts.tests.authenticators import key_on, shown
from accounts.tests.links import ACCEPT
from accounts.tests.soft_passkey import NEW as NEW_PASSKEY
from accounts.tests.soft_passkey import SoftPasskey, new_question_on

NINA = "nina@victim.example"
MALLORY = "mallory@thief.example"
HERS = "a password only mallory has"
OTHER = "another password of mallory"
CLINIC_OF_MALLORY = "Thieves and Sons"

Deliver = Callable[[], list[EmailMessage]]


@dataclass
class Squatter:
    """Mallory's browser, signed in to the login that has Nina's address."""

    browser: Client
    deliver: Deliver
    password: str = HERS

    @property
    def user(self) -> User:
        """The login that the browser is signed in to, wherever its address has gone."""
        return User.objects.get(pk=self.browser.session["_auth_user_id"])

    def change_address(self, email: str = MALLORY) -> None:
        """Ask for another address and confirm it in the mailbox there."""
        self.ask_for_address(email)
        confirm(self.browser, link_to(self.deliver, email))
        assert self.user.email == email

    def ask_for_address(self, email: str = MALLORY) -> None:
        """Ask for another address, which then waits."""
        asked = {"email": email, "reverify_password": self.password}
        self.browser.post(reverse("accounts:email_change"), asked)

    def change_password(self, password: str = OTHER) -> HttpResponse:
        """Choose another password."""
        given = {"current_password": self.password, "password": password}
        answer = self.browser.post(reverse("accounts:password_change"), given)
        if answer.status_code == 302:
            self.password = password
        return answer


def sign_up(email: str, deliver: Deliver) -> Squatter:
    """Open a clinic with an address that is someone else's."""
    browser = Client()
    form = {"clinic_name": CLINIC_OF_MALLORY, "first_name": "Mallory", "last_name": "Moor", "password": HERS}
    browser.post(reverse("accounts:signup"), {**form, "email": email, "submission": str(uuid4())})
    return Squatter(browser, deliver)


def invite(actor: Member, email: str, *, role: str = "administrator", last_name: str = "Nowak") -> Member:
    """Add someone, who is sent an invitation."""
    details = MemberDetails("Nina", last_name, email, "", role, is_practitioner=False)
    return add_member(actor=actor, details=details, submission=uuid4())


def copied_link(member: Member) -> str:
    """The address that **Copy invitation link** hands out."""
    return reverse("accounts:invitation", args=[InvitationLink.of(member.invitation, by_hand=True).token()])


def claim_by_copied_link(email: str, deliver: Deliver, accomplice: Member) -> Squatter:
    """Have an administrator of another clinic invite the address and hand the link over."""
    member = invite(accomplice, email, role="receptionist", last_name="Anyone")
    browser = Client()
    browser.get(copied_link(member))
    browser.post(ACCEPT, {"password": HERS})
    return Squatter(browser, deliver)


# What Mallory does with the login


def do_nothing(mallory: Squatter) -> None:
    """Wait."""


def change_address(mallory: Squatter) -> None:
    """Take the login to a mailbox of her own."""
    mallory.change_address()


def change_address_twice(mallory: Squatter) -> None:
    """And on to another."""
    mallory.change_address()
    mallory.change_address("mallory2@thief.example")


def change_address_and_take_it_again(mallory: Squatter) -> None:
    """Sign up with Nina's address once more, and leave with that login, too."""
    mallory.change_address()
    OutboundEmail.objects.update(created_at=F("created_at") - timedelta(hours=2))
    sign_up(NINA, mallory.deliver).change_address("mallory2@thief.example")


def leave_a_change_waiting(mallory: Squatter) -> None:
    """Ask for a change of address without confirming it."""
    mallory.ask_for_address()


def change_password(mallory: Squatter) -> None:
    """Choose another password."""
    mallory.change_password()


def set_up_an_app(mallory: Squatter) -> None:
    """Turn two-factor authentication on with an authenticator app."""
    page = reverse("accounts:two_factor")
    code = shown(key_on(mallory.browser.get(page)))
    mallory.browser.post(page, {"code": code, "reverify_password": mallory.password})
    assert mallory.user.has_two_factor


def add_a_passkey(mallory: Squatter) -> None:
    """Turn it on with a passkey."""
    answer = SoftPasskey().make(new_question_on(mallory.browser.get(NEW_PASSKEY)))
    mallory.browser.post(NEW_PASSKEY, {"name": "Mine", "passkey": answer, "reverify_password": mallory.password})
    assert mallory.user.has_two_factor


def close_a_clinic(mallory: Squatter) -> None:
    """Open a clinic and close it."""
    names = {"clinic_name": "Short Lived", "first_name": "Mallory", "last_name": "Moor"}
    mallory.browser.post(reverse("accounts:signup"), {**names, "reverify_password": mallory.password})
    slug = Account.objects.get(name="Short Lived").slug
    given = {"clinic_name": "Short Lived", "reverify_password": mallory.password}
    mallory.browser.post(reverse("accounts:account_closing", args=[slug]), given)
    assert Account.objects.get(slug=slug).closed_at is not None


def object_to_own_change(mallory: Squatter) -> None:
    """Change the address, then send the objection of the old one, had Mallory its link."""
    mallory.change_address()
    link = EmailChangeLink.of(EmailChange.objects.latest("pk"), Side.OLD)
    mallory.browser.get(reverse("accounts:email_objection_link", args=[link.token()]))
    mallory.browser.post(reverse("accounts:email_objection"), {"not_me": "yes"})


def ask_for_a_reset(mallory: Squatter) -> None:
    """Ask for a new password for Nina's address; the mail goes to Nina."""
    Client().post(reverse("accounts:password_reset"), {"email": NINA})


ACTS = (
    do_nothing,
    change_address,
    change_address_twice,
    change_address_and_take_it_again,
    leave_a_change_waiting,
    change_password,
    set_up_an_app,
    add_a_passkey,
    close_a_clinic,
    object_to_own_change,
    ask_for_a_reset,
)


def invitation_mails(deliver: Deliver) -> list[EmailMessage]:
    """Send what is due; every mail so far that invites someone to Harbour Physio."""
    deliver()
    sent = OutboundEmail.objects.filter(
        kind=OutboundEmail.Kind.INVITATION, invitation__member__account__name="Harbour Physio"
    )
    ids = set(sent.values_list("message_id", flat=True))
    return [each for each in deliver() if each.extra_headers["Message-ID"] in ids]
