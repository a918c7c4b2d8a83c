"""The WSGI entry point: `gunicorn clinic.wsgi`."""

import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")


class Request(WSGIRequest):
    """A request that is read as UTF-8, whatever its type says; `BodyLimitMiddleware` refuses what says otherwise.

    Django would read the query by any codec of Python's here already, where nothing can answer what breaks.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    """Django's, with requests of ours."""

    request_class = Request


django.setup(set_prefix=False)
application = Handler()
