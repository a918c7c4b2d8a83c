"""All addresses: the project's own few, then the apps'. A clinic's slug can be none of the words used here."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.support.site import site as support_site
from clinic import health, mail_events, outbox_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("healthz/ready", health.ready, name="ready"),
    path("webhooks/mail/", mail_events.receive, name="mail_events"),
    path("support/", support_site.urls),
    path("outbox/", outbox_pages.index, name="outbox"),
    path("outbox/<str:name>/", outbox_pages.show, name="outbox_message"),
    path("outbox/<str:name>/html/", outbox_pages.html, name="outbox_message_html"),
    path("<slug:account_slug>/", include("practitioners.urls")),
    path("", include("accounts.urls")),
]

handler400 = "clinic.errors.bad_request"
