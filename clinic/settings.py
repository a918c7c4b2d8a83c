"""Settings, read from the environment (and a `.env` file beside manage.py).

Nothing set means the embedded set of parts under VAR_DIR: SQLite, Celery over files, mail as files. Each of
DATABASE_URL, CELERY_BROKER_URL, CACHE_URL and EMAIL_URL puts a server in the place of one of them.
"""

from datetime import timedelta
from pathlib import Path

from clinic import browser_policy, configuration, parts
from clinic.environment import Environment
from clinic.leaked_passwords.source import read_source
from clinic.log import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

DEBUG = env.switch("DEBUG", usual=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)

# With DEBUG off these three have no default: a guessable key or an open host must stop the start, not go unnoticed.
_while_debugging = configuration.debug_defaults(VAR_DIR) if DEBUG else configuration.Defaults()
SECRET_KEY = configuration.check_secret_key(env.str("SECRET_KEY", default=_while_debugging.secret_key))
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
_field_keys = env.list("FIELD_ENCRYPTION_KEYS", default=[])
FIELD_KEYS_ARE_SET = bool(_field_keys)
FIELD_ENCRYPTION_KEYS = configuration.field_encryption_keys(_field_keys, [SECRET_KEY, *SECRET_KEY_FALLBACKS])
SITE = configuration.parse_site(env.str("SITE_URL", default=_while_debugging.site_url))
SITE_URL = SITE.url
SITE_IS_LOCAL = SITE.host in configuration.LOOPBACK_HOSTS
ALLOWED_HOSTS = configuration.check_allowed_hosts(env.list("ALLOWED_HOSTS", default=_while_debugging.allowed_hosts))
TRUSTED_PROXIES = env.whole_number("TRUSTED_PROXIES", usual=0, least=0)

PRODUCT_NAME = "Clinic People"
SUPPORT_EMAIL = configuration.mail_address("SUPPORT_EMAIL", env.str("SUPPORT_EMAIL", default=""), site=SITE)
if "SUPPORT_EMAIL" not in env:
    SUPPORT_EMAIL = f"support@{SITE.mail_domain}"
INVITATION_DAYS = env.whole_number("INVITATION_DAYS", usual=7, least=1)
REVERIFY_GRACE_SECONDS = env.whole_number("REVERIFY_GRACE_SECONDS", usual=0, least=0)
PLAN_SEATS = configuration.plan_seats(env.list("PLAN_SEATS", default=[]))
INVITATION_CAPS = configuration.invitation_caps(env.list("INVITATION_CAPS", default=[]))
NETWORK_LIMITS = configuration.network_limits(env.list("NETWORK_LIMITS", default=[]))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "django_structlog",
    "clinic",
    "accounts",
    "practitioners",
]

MIDDLEWARE = [
    "clinic.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "clinic.middleware.BrowserHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.middleware.BodyLimitMiddleware",
    "clinic.middleware.CacheControlMiddleware",
    "accounts.middleware.FetchRedirectMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.identity.sessions.limits.SessionLimitsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.identity.sessions.known_browsers.KnownBrowserMiddleware",
    "accounts.core.carried.CarriedMiddleware",
    "accounts.middleware.AccountMiddleware",
    "accounts.middleware.ReverifyMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.page",
            ],
            "builtins": ["clinic.templatetags.icons"],
        },
    },
]
FORM_RENDERER = "accounts.core.field_renderer.FieldRenderer"

# Parts: each is embedded unless its address is set.

env.check_servers()

if "DATABASE_URL" in env:
    DATABASES = {"default": env.db_url("DATABASE_URL")}
    if "postgresql" in DATABASES["default"]["ENGINE"]:
        DATABASES["default"] = parts.postgresql_database(DATABASES["default"])
    else:
        DATABASES["default"] = parts.sqlite_database(Path(DATABASES["default"]["NAME"]))
else:
    DATABASES = {"default": parts.sqlite_database(VAR_DIR / "clinic.sqlite3")}

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost/")
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = parts.filesystem_broker(VAR_DIR / "broker")
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = parts.BROKER_TIMEOUTS
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.whole_number("WORKER_CONCURRENCY", usual=2, least=1)
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = parts.BEAT_SCHEDULE

EMBEDDED_MAIL = "EMAIL_URL" not in env
if EMBEDDED_MAIL:
    EMAIL_BACKEND = "clinic.mail.FileBackend"
else:
    _email = env.email_url("EMAIL_URL")
    EMAIL_BACKEND = _email["EMAIL_BACKEND"]
    if EMAIL_BACKEND == configuration.DJANGOS_SMTP:
        EMAIL_BACKEND = "clinic.postman.SmtpBackend"
    EMAIL_HOST = _email["EMAIL_HOST"]
    EMAIL_PORT = _email["EMAIL_PORT"]
    EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
    EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
    EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
MAIL_DIR = VAR_DIR / "mail"
# The messages hold links that let people in. Only bin/dev asks for the pages: a server on its own machine, behind a
# proxy that adds no header, would look just as local.
OUTBOX_PAGES = env.switch("OUTBOX_PAGES", usual=False) and EMBEDDED_MAIL and SITE_IS_LOCAL
EMAIL_TIMEOUT, MAIL_MESSAGE_SECONDS, OUTBOX_FIRST_WAIT_SECONDS = parts.MAIL_SECONDS
OUTBOX_LEASE_SECONDS = env.whole_number("OUTBOX_LEASE_SECONDS", usual=60, least=parts.SHORTEST_LEASE_SECONDS)
# What the mail provider allows; 0 is as fast as it goes.
MAIL_PER_MINUTE = env.whole_number("MAIL_PER_MINUTE", usual=0, least=0)
MAIL_EVENTS = configuration.mail_events(env.str("MAIL_EVENTS_FROM", default=""), env.str("MAIL_EVENTS_KEY", default=""))
_sender = configuration.mail_address("DEFAULT_FROM_EMAIL", env.str("DEFAULT_FROM_EMAIL", default=""), site=SITE)
DEFAULT_FROM_EMAIL = _sender or f"{PRODUCT_NAME} <no-reply@{SITE.mail_domain}>"

# People, passwords and sessions

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.authentication.MemberBackend"]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{each}PasswordHasher" for each in ("Argon2", "PBKDF2")]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.identity.password.rules.PasswordValidator"}]
LEAKED_PASSWORDS = read_source(
    env.str("LEAKED_PASSWORDS_URL", default=""), env.str("LEAKED_PASSWORDS_PATH", default="")
)
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "accounts:clinics"
SESSION_ENGINE = "accounts.identity.sessions.store"
# However busy somebody is, they sign in again after so many days; a clinic's own timeout is shorter (C9).
SESSION_ABSOLUTE_DAYS = env.whole_number("SESSION_ABSOLUTE_DAYS", usual=14, least=1)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_DAYS * 24 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "clinic.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Support reaches into every clinic, so that a password alone is not enough for it (A66).
SUPPORT_REQUIRES_TWO_FACTOR = env.switch("SUPPORT_REQUIRES_TWO_FACTOR", usual=True)
# How long a two-factor reset by support can be stopped; people sleep, and read mail once a day (A70).
TWO_FACTOR_RECOVERY_HOURS = env.whole_number("TWO_FACTOR_RECOVERY_HOURS", usual=72, least=24)

SIGN_IN_LIMITS = configuration.sign_in_limits(env.list("SIGN_IN_LIMITS", default=[]))
# The library counts, and `accounts.identity.throttle` decides: each page asks it first.
AXES_LOCK_OUT_AT_FAILURE = False
AXES_USERNAME_CALLABLE = "accounts.identity.throttle.counted_as"
# The name under which `authenticate()` is given the address; by default the library looks under the model's, "email",
# finds nothing, and counts nobody's failures.
AXES_USERNAME_FORM_FIELD = "username"
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = False
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "accounts.identity.throttle.ip_address"
AXES_VERBOSE = False
# The pages say themselves when and how long to wait, so the library's own middleware is not installed.
SILENCED_SYSTEM_CHECKS = ["axes.W002"]

# The browser

if SITE.is_https:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # Otherwise the host that the request names would stand in the redirect (A47).
    SECURE_SSL_HOST = SITE.netloc
    SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Not "no-referrer": browsers then send "Origin: null" with every form, which the CSRF check rightly refuses. Pages that
# are reached by a secret link set the stricter value themselves (A27).
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": browser_policy.CONTENT_SECURITY_POLICY}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A practitioner may have two hundred rows of hours, of three fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

STATIC_URL = "/static/"
# The library would let every other site read them.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = parts.storages(debug=DEBUG)

LANGUAGE_CODE = "en-au"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

LOGGING = logging_config(debug=DEBUG)
# A task is told the id of its request (clinic/celery.py).
DJANGO_STRUCTLOG_CELERY_ENABLED = True
