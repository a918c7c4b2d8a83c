"""What becomes of a login when someone proves its mailbox by a link that was mailed there (A57, A73).

Whoever used the login until then, with a password of their own or by a link that was handed over, may have been anyone.
"""

from accounts.core.earlier_use import EarlierUse
from accounts.core.signals import answers, mailbox_proved
from accounts.identity.users import end_sign_ins, forget_two_factor
from accounts.models import Account, User


def begin_anew(user: User, *, joining: Account | None = None) -> EarlierUse:
    """Drop what was set before the mailbox was proved, but for the password, which is replaced (A57).

    `joining` is the clinic that is being joined by the same act. Returns what there was. For use inside an action that
    has locked the clinics of `user`, then `user`, and ended its open changes.
    """
    earlier = EarlierUse(two_factor=user.has_two_factor)
    forget_two_factor(user)
    end_sign_ins(user)
    for found in answers(mailbox_proved, user=user, joining=joining):
        earlier.again += found.again
        earlier.kept += found.kept
    return earlier
