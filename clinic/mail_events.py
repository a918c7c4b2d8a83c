"""/webhooks/mail/: the mail provider reports here what came back. Signed by it; what is not is refused."""

from typing import Any

import structlog
from anymail.signals import AnymailTrackingEvent, EventType
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postal import PostalTrackingWebhookView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.outbox.bounces import StillSending, note_bounce

logger = structlog.get_logger(__name__)

# What reading a report that is signed, and yet not what the library knows of this provider, can come to.
UNREADABLE = (
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError),
    ImproperlyConfigured,
)

# The reader of each provider's reports, and what it calls the key.
READERS: dict[str, tuple[type[Any], str]] = {
    "mailgun": (MailgunTrackingWebhookView, "webhook_signing_key"),
    "mailersend": (MailerSendTrackingWebhookView, "signing_secret"),
    "mandrill": (MandrillCombinedWebhookView, "webhook_key"),
    "postal": (PostalTrackingWebhookView, "webhook_key"),
}
# Who reports the Message-ID that we gave; the others make ids of their own.
GIVES_OUR_IDS = {"mailgun"}
CAME_BACK = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}


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


def _read(request: HttpRequest) -> list[AnymailTrackingEvent]:
    view_class, name_of_key = READERS[settings.MAIL_EVENTS.provider]
    given = {name_of_key: settings.MAIL_EVENTS.key}
    if view_class is MandrillCombinedWebhookView:
        # It signs the address as well: ours is the configured one, whatever a proxy made of it.
        given["webhook_url"] = f"{settings.SITE_URL}{request.path}"
    reader: AnymailBaseWebhookView = view_class(**given)
    reader.run_validators(request)
    return list(reader.parse_events(request))


def _note(event: AnymailTrackingEvent) -> bool:
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
