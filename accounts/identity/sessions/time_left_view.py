"""How long this session lasts, for the script that warns before it ends (C9)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views import View

from accounts.identity.sessions.actions import note_seen
from accounts.identity.sessions.limits import current_sign_in
from accounts.identity.sessions.queries import now_of, seconds_left


@method_decorator(login_not_required, name="dispatch")
class SessionView(View):
    """Asked by a script, which is nobody doing something (A15); **Keep me signed in** is, and posts."""

    extends_session = False

    def get(self, request: HttpRequest) -> JsonResponse:
        """Say how long it lasts, and whose it is: who signed in again may be somebody else."""
        sign_in = current_sign_in(request)
        if sign_in is None:
            return JsonResponse({"signed_in": False})
        left, can_be_kept = seconds_left(sign_in)
        told = {"who": sign_in.user_id, "seconds": left, "can_be_kept": can_be_kept, "token": get_token(request)}
        return JsonResponse({"signed_in": True, **told})

    def post(self, request: HttpRequest) -> JsonResponse:
        sign_in = current_sign_in(request)
        if sign_in is not None:
            note_seen(sign_in=sign_in)
            sign_in.last_seen_at = now_of(sign_in)
        return self.get(request)
