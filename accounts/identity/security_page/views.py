"""`/me/security/`: how one signs in, and where one is signed in."""

from django.http import HttpRequest, HttpResponse

from accounts.identity.personal import PersonalView
from accounts.identity.security_page.events import recent_events
from accounts.identity.security_page.queries import password_set_at, waiting_change
from accounts.identity.sessions.queries import where_signed_in
from accounts.identity.two_factor.passkeys.ceremony import are_possible
from accounts.identity.two_factor.queries import two_factor_of
from accounts.identity.two_factor.recovery.queries import due_in_words, waiting_for


class SecurityView(PersonalView):
    """The page that all others about one's login start from."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = self.request.user
        two_factor = two_factor_of(user)
        recovery = waiting_for(user) if two_factor else None
        context = {
            "recovery": recovery,
            "recovery_due": due_in_words(recovery) if recovery else "",
            "email_change": waiting_change(user),
            "password_set_at": password_set_at(user),
            "two_factor": two_factor,
            "may_use_passkeys": are_possible(),
            "sign_ins": where_signed_in(user, current=self.request.sign_in),
            "events": recent_events(user),
        }
        return self.page("accounts/identity/security_page/index.html", context)
