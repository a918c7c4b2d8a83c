"""Light, dark, or as the system says."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.views import View

from accounts.core.pages import path_here

THEME_COOKIE_SECONDS = 365 * 24 * 60 * 60


@method_decorator(login_not_required, name="dispatch")
class ThemeView(View):
    """Light, dark, or as the system says; kept in this browser."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        answer = HttpResponseRedirect(path_here(request.POST.get("next", "")) or "/")
        theme = request.POST.get("theme")
        if theme in THEMES:
            secure = bool(settings.SESSION_COOKIE_SECURE)
            answer.set_cookie(
                "theme", theme, max_age=THEME_COOKIE_SECONDS, samesite="Lax", secure=secure, httponly=True
            )
        return answer


THEMES = ("auto", "light", "dark")
