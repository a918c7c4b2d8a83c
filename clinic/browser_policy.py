"""What a browser lets our pages do (A45)."""

from csp.constants import NONCE, NONE, SELF

# What a page may load, run, frame and be framed by (A45). What is not named here is nowhere allowed.
CONTENT_SECURITY_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, NONCE],
    "style-src": [SELF],
    "img-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "object-src": [NONE],
    # Without a line of its own a worker may be whatever a script may be.
    "worker-src": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
    # Text becomes HTML in one place of our scripts (answers.js); what is smuggled in elsewhere stays text.
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["answers"],
}
# What of the device a page may ask for: to put an invitation's link on the clipboard, and for passkeys (A45).
PERMISSIONS_POLICY = ", ".join(
    [
        *("clipboard-write=(self)", "publickey-credentials-create=(self)", "publickey-credentials-get=(self)"),
        *(
            f"{feature}=()"
            for feature in (
                *("accelerometer", "autoplay", "camera", "clipboard-read", "display-capture", "encrypted-media"),
                *("fullscreen", "geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment"),
                *("picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
            )
        ),
    ]
)
