"""/webhooks/mail/: the mail provider reports here what came back. Signed by it; what is not is refused."""

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.outbox.bounces import StillSending, note_bounce

if TYPE_CHECKING:
    from anymail.signals import AnymailTrackingEvent

logger = structlog.get_logger(__name__)

# What reading a report that is signed, and yet not what the library knows of this provider, can come to.
UNREADABLE = (
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError),
    ImproperlyConfigured,
)

# The reader of each provider's reports, and what it calls the key. By name: loading the library takes a sixth of a
# second, which is nothing for a process to spend at its start where nobody reports.
READERS = {
    "mailgun": ("anymail.webhooks.mailgun.MailgunTrackingWebhookView", "webhook_signing_key"),
    "mailersend": ("anymail.webhooks.mailersend.MailerSendTrackingWebhookView", "signing_secret"),
    "mandrill": ("anymail.webhooks.mandrill.MandrillCombinedWebhookView", "webhook_key"),
    "postal": ("anymail.webhooks.postal.PostalTrackingWebhookView", "webhook_key"),
}
# Who reports the Message-ID that we gave; the others make ids of their own.
GIVES_OUR_IDS = {"mailgun"}
# The library's own words for it.
CAME_BACK = {"bounced", "rejected", "failed"}


@csrf_exempt
@login_not_required
@require_http_methods(["HEAD", "POST"])
def receive(request: HttpRequest) -> JsonResponse:
    """Note what came back; says how much was news. 400 for what is not signed or can't be read, 404 where unused.

    A provider tries a report again that is answered with an error, and may send one twice: the second is no news.
    HEAD is how one of them looks whether anybody is here.
    """
    if not settings.MAIL_EVENTS.provider:
        raise Http404
    if request.method == "HEAD":
        return JsonResponse({})
    try:
        events = _read(request)
    except SuspiciousOperation as error:
        return _refuse(error, "The signature is missing or wrong.")
    except UNREADABLE as error:
        return _refuse(error, "This could not be read.")
    try:
        return JsonResponse({"noted": sum(_note(event) for event in events)})
    except StillSending:
        return JsonResponse({"problem": "This mail is still being sent. Report it again in a minute."}, status=503)


def _read(request: HttpRequest) -> "list[AnymailTrackingEvent]":
    provider, key = settings.MAIL_EVENTS.provider, settings.MAIL_EVENTS.key
    reader_name, name_of_key = READERS[provider]
    # Mandrill signs the address as well: ours is the configured one, whatever a proxy made of it.
    address = {"webhook_url": f"{settings.SITE_URL}{request.path}"} if provider == "mandrill" else {}
    reader = import_string(reader_name)(**{name_of_key: key}, **address)
    reader.run_validators(request)
    return list(reader.parse_events(request))


def _note(event: "AnymailTrackingEvent") -> bool:
    recipient, message_id = str(event.recipient or ""), str(event.message_id or "")
    if event.event_type not in CAME_BACK or not f"{recipient}{message_id}".isprintable():
        return False
    words = event.mta_response or event.description or event.reject_reason or ""
    return note_bounce(
        recipient=recipient,
        message_id=message_id,
        words=str(words),
        at=event.timestamp,
        knows_our_ids=settings.MAIL_EVENTS.provider in GIVES_OUR_IDS,
    )


def _refuse(error: Exception, problem: str) -> JsonResponse:
    logger.warning("mail_report_refused", provider=settings.MAIL_EVENTS.provider, reason=type(error).__name__)
    return JsonResponse({"problem": problem}, status=400)
