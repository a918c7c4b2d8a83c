"""Codes of authenticator apps (RFC 6238): six digits, a new one every 30 seconds (A31)."""

from datetime import datetime

import pyotp
import segno
from django.conf import settings
from django.utils.crypto import constant_time_compare

DIGITS = 6
SECONDS = 30
# A phone's clock may be off, and typing takes a while: the code before and the one after are taken as well.
STEPS_AROUND = 1
GROUP = 4
# White space around the picture, without which a camera does not find it, in modules.
QUIET_ZONE = 4


def new_seed() -> str:
    """A secret of 160 bits for an authenticator app, in base32."""
    return pyotp.random_base32(32)


def matching_step(seed: str, code: str, now: datetime) -> int | None:
    """Which period of 30 seconds since 1970 `code` belongs to; None where it is the code of none around `now`."""
    current = int(now.timestamp()) // SECONDS
    app = pyotp.TOTP(seed)
    for step in range(current - STEPS_AROUND, current + STEPS_AROUND + 1):
        if constant_time_compare(app.at(step * SECONDS), code):
            return step
    return None


def in_groups(seed: str) -> str:
    """The secret as somebody types it into their phone: in groups of four."""
    return " ".join(seed[start : start + GROUP] for start in range(0, len(seed), GROUP))


def app_address(seed: str, email: str) -> str:
    """What the QR code says to the app: the secret, and under which name to keep it."""
    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=settings.PRODUCT_NAME)


def qr_path(text: str) -> tuple[str, int]:
    """A QR code as the path of an SVG, one unit for each module, and its width in units with the space around it."""
    rows = segno.make(text, error="m", micro=False).matrix
    dark = [(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module]
    path = "".join(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h1v1h-1z" for x, y in dark)
    return path, len(rows) + 2 * QUIET_ZONE
