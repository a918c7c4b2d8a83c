"""A device that holds passkeys, as Chromium plays one, and what people do with it."""

from playwright.sync_api import CDPSession, Page, expect

from .people import PASSWORD

NEW = "/me/security/passkeys/new/"


class Device:
    """What holds the passkeys: a phone, say, whose owner is there and unlocks it; or not."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        made = self._session.send(
            "WebAuthn.addVirtualAuthenticator",
            {"options": {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}},
        )
        self._id = {"authenticatorId": made["authenticatorId"]}

    def refuse(self) -> None:
        """Its owner does not unlock it."""
        self._session.send("WebAuthn.setUserVerified", {**self._id, "isUserVerified": False})

    def unlock(self) -> None:
        self._session.send("WebAuthn.setUserVerified", {**self._id, "isUserVerified": True})

    def count(self) -> int:
        return len(self._session.send("WebAuthn.getCredentials", self._id)["credentials"])


def add_first(page: Page, *, name: str = "My phone") -> None:
    """Add a passkey, and with it two-factor authentication."""
    page.goto(NEW)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_role("button", name="I have saved my codes").click()
    expect(page.get_by_role("heading", level=1, name="Sign-in and security")).to_be_visible()
