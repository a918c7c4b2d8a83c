"""What happens to people here, for rooms and apps above that have something to say about it, or to do."""

from typing import Any, cast

from django.dispatch import Signal

# The next two are sent with `member`; a receiver returns a list of sentences, for the page of whoever makes it happen.
# Somebody is about to be made inactive. Asked for before the password, so that nothing has happened yet.
member_leaving = Signal()
# Somebody who had joined was made active again.
member_returned = Signal()
# Someone has proved for the first time that they read mail at the address of `user`. Sent inside the action, with the
# account that they are `joining` by it, or None; a receiver returns the `EarlierUse` that it found.
mailbox_proved = Signal()


def answers(signal: Signal, **facts: Any) -> list[Any]:
    """Send `signal` with `facts`, and return what each receiver answers."""
    return [answer for _receiver, answer in cast("list[tuple[Any, Any]]", signal.send(sender=None, **facts))]
