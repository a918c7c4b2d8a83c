"""The tokens in links: signatures over ids, whole or worthless (A22, A23, A25)."""

import base64

import pytest
from django.core.signing import Signer

from accounts.core.tokens import ConfirmationLink, InvitationLink
from accounts.models import Invitation, User

LINK = InvitationLink(invitation_id=17, version=3)
BY_HAND = InvitationLink(invitation_id=17, version=3, by_hand=True)
SIGNATURE = LINK.token().partition(".")[2]


@pytest.mark.parametrize("link", [LINK, BY_HAND], ids=["mailed", "handed over"])
def test_a_token_says_which_invitation_which_version_and_how_it_came(link):
    assert InvitationLink.read(link.token()) == link


def test_the_same_invitation_has_the_same_token_however_often_it_is_sent():
    assert LINK.token() == InvitationLink(17, 3).token()


def test_the_signature_has_256_bits():
    """A22 asks for 128."""
    signature = LINK.token().partition(".")[2]

    assert len(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))) == 32


def signed(value: str, **signer: str) -> str:
    return Signer(**{"salt": "accounts.invitation", "sep": ".", **signer}).sign(value)


def test_this_file_signs_as_the_product_does():
    """Otherwise the next test would show nothing."""
    assert signed("17-3-mail") == LINK.token()
    assert signed("17-3-hand") == BY_HAND.token()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="nothing"),
        pytest.param("17-3-mail", id="no signature"),
        pytest.param("17-3-mail.", id="an empty signature"),
        pytest.param(LINK.token()[:-1], id="the last character is missing"),
        pytest.param(LINK.token()[1:], id="the first character is missing"),
        pytest.param(LINK.token() + "A", id="one character too many"),
        pytest.param(LINK.token().swapcase(), id="in the other case"),
        pytest.param(f"18-3-mail.{SIGNATURE}", id="another invitation"),
        pytest.param(f"17-4-mail.{SIGNATURE}", id="another version"),
        pytest.param(f"17-3-mail.{BY_HAND.token().partition('.')[2]}", id="a link handed over, made to look mailed"),
        pytest.param(f"173-mail.{SIGNATURE}", id="run together"),
        pytest.param(signed("17-3-mail", salt="accounts.confirmation"), id="signed for another purpose"),
        pytest.param(signed("17-3-mail", key="somebody else's key " * 3), id="signed with another key"),
        pytest.param(signed("17-mail"), id="signed, with the version missing"),
        pytest.param(signed("17-3-1-mail"), id="signed, with a part too many"),
        pytest.param(signed("a-b-mail"), id="signed, but no numbers"),
        pytest.param(signed("-1-3-mail"), id="signed, but negative"),
        pytest.param("\x00", id="a control character"),
        pytest.param("é" * 5000, id="long and foreign"),
    ],
)
def test_a_token_that_is_not_whole_or_not_ours_reads_as_nothing(token):
    assert InvitationLink.read(token) is None


def test_a_confirmation_link_is_no_invitation_and_an_invitation_link_confirms_nothing():
    confirmation = ConfirmationLink.of(User(pk=17, email="ivy@harbour.example")).token()

    assert InvitationLink.read(confirmation) is None
    assert ConfirmationLink.read(LINK.token()) is None


@pytest.mark.parametrize("token", ["", "17-abc", "17.abc", "x" * 5000])
def test_a_confirmation_token_that_is_not_whole_reads_as_nothing(token):
    assert ConfirmationLink.read(token) is None


def test_a_confirmation_link_is_about_one_login_and_the_address_it_has_now():
    """A25."""
    ivy = User(pk=17, email="ivy@harbour.example")
    link = ConfirmationLink.read(ConfirmationLink.of(ivy).token())

    assert link.confirms(ivy)
    assert not link.confirms(User(pk=17, email="ivy@elsewhere.example"))
    assert not link.confirms(User(pk=18, email="ivy@harbour.example"))


def test_a_confirmation_link_does_not_show_the_address():
    """It stands in browser histories."""
    assert "ivy" not in ConfirmationLink.of(User(pk=17, email="ivy@harbour.example")).token()


def test_raising_the_version_makes_another_token():
    invitation = Invitation(pk=17, version=3)
    before = InvitationLink.of(invitation).token()
    invitation.version += 1

    assert InvitationLink.of(invitation).token() != before
