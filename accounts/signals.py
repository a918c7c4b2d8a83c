"""What happens to people here, for apps above this one that have something to say about it.

Each is sent with `member`; a receiver returns a list of sentences, for the page of whoever makes it happen.
"""

from django.dispatch import Signal

# Somebody is about to be made inactive. Asked for before the password, so that nothing has happened yet.
member_leaving = Signal()
# Somebody who had joined was made active again.
member_returned = Signal()
