"""Django's settings, derived from `Environment`; nothing else reads environment variables."""

from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from heliograph.config.environment import Environment
from heliograph.courses.zips.archive import Limits

HELIOGRAPH = Environment.read()
PACKAGE = Path(__file__).resolve().parents[1]

SECRET_KEY = HELIOGRAPH.secret_key
DEBUG = HELIOGRAPH.debug
ALLOWED_HOSTS = [
    urlsplit(HELIOGRAPH.url).hostname,
    HELIOGRAPH.content_host.removeprefix(
        "*"
    ),  # this allows the domain itself, too, which `OriginMiddleware` refuses
    *(["localhost", "127.0.0.1", "[::1]", "testserver"] if HELIOGRAPH.local else []),
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",  # the templates of its controls
    "django.contrib.staticfiles",
    "django_cotton",
    "django_htmx",
    "ninja",
    "procrastinate.contrib.django",
    "heliograph.core.apps.Core",
    "heliograph.audit.apps.Audit",
    "heliograph.delivery.apps.Delivery",
    "heliograph.accounts.apps.Accounts",  # before allauth: its templates are the ones that are shown
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "heliograph.webhooks.apps.Webhooks",
    "heliograph.courses.apps.Courses",
    "heliograph.lrs.apps.Lrs",
    "heliograph.runtime.apps.Runtime",
    "heliograph.dispatch.apps.Dispatch",
    "heliograph.insights.apps.Insights",
    "heliograph.organizations.apps.Organizations",
    "heliograph.marketplace.apps.Marketplace",
    "heliograph.ui.apps.Ui",
]

MIDDLEWARE = [
    "heliograph.config.server.proxies.ProxyMiddleware",
    "heliograph.config.origins.OriginMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "heliograph.config.page_language.PageLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "heliograph.accounts.page_access.AccessMiddleware",
    "heliograph.config.pages.PageMiddleware",
    "heliograph.config.api_answers.ApiMiddleware",
]

ROOT_URLCONF = "heliograph.config.urls"
CONTENT_URLCONF = "heliograph.config.content_urls"
WSGI_APPLICATION = "heliograph.config.server.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "heliograph.accounts.page_access.page_context",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "heliograph.ui.templatetags.heliograph",
                "heliograph.audit.templatetags.audit",
                "heliograph.lrs.templatetags.records",
                "heliograph.dispatch.templatetags.dispatch",
            ],
        },
    }
]

FORM_RENDERER = "heliograph.ui.forms.Renderer"

_database = conninfo_to_dict(HELIOGRAPH.database_url)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.pop("dbname", "heliograph"),
        "USER": _database.pop("user", ""),
        "PASSWORD": _database.pop("password", ""),
        "HOST": _database.pop("host", ""),
        "PORT": str(_database.pop("port", "")),
        "OPTIONS": {**_database, "application_name": "heliograph"},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STORAGES = {
    "default": {
        "BACKEND": "heliograph.core.storage.AtomicFileStorage",
        "OPTIONS": {"location": HELIOGRAPH.home / "files", "base_url": None},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

UPLOAD_FOLDER = HELIOGRAPH.home / "uploads"
FILE_UPLOAD_TEMP_DIR = UPLOAD_FOLDER
FILE_UPLOAD_HANDLERS = ["heliograph.courses.imports.uploads.LimitedUpload"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
IMPORT_LIMITS = Limits(
    max_entries=HELIOGRAPH.import_entries,
    max_total_bytes=HELIOGRAPH.import_bytes,
    max_file_bytes=HELIOGRAPH.import_file_bytes,
    max_ratio=HELIOGRAPH.import_ratio,
    max_manifest_bytes=HELIOGRAPH.import_manifest_bytes,
)

CACHES = {
    "default": {
        # What is limited is limited across processes
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "KEY_FUNCTION": "heliograph.accounts.cache_keys.cache_key",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_ADAPTER = "heliograph.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_GET = False
# Passwords are limited by `accounts.sign_in_limits`, which never refuses a right one; “login_failed” limits
# codes only. Links and passkeys cannot be guessed: who comes with one is not limited by what others at their
# address did.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key",
    "reset_password": "20/m/ip,5/h/key",
    "reset_password_from_key": None,
}
MFA_RATE_LIMITS = {"webauthn_login": None}
MFA_ADAPTER = "heliograph.accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # what allauth notes of addresses is not used: see `User.address_proven_at`
MFA_TOTP_ISSUER = "Heliograph"
MFA_TOTP_TOLERANCE = 1
ALLAUTH_TRUSTED_PROXY_COUNT = HELIOGRAPH.trusted_proxies
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in/"

_mail = HELIOGRAPH.mail_server
EMAIL_HOST, EMAIL_PORT = (_mail.host, _mail.port) if _mail else ("", 0)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = (_mail.user, _mail.password) if _mail else ("", "")
EMAIL_USE_SSL, EMAIL_USE_TLS = bool(_mail and _mail.tls == "on"), bool(_mail and _mail.tls == "starttls")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = HELIOGRAPH.mail_from

_https = urlsplit(HELIOGRAPH.url).scheme == "https"
_prefix = "__Host-" if _https else ""  # RFC 6265bis, 4.1.3.2: this host alone can have set it
SESSION_COOKIE_NAME = f"{_prefix}heliograph"
THEME_COOKIE_NAME = f"{_prefix}heliograph_theme"
TOUR_COOKIE_NAME = f"{_prefix}heliograph_tour"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 86_400
CSRF_COOKIE_NAME = f"{_prefix}heliograph_csrf"
MESSAGE_STORAGE = "heliograph.config.message_cookie.Messages"
CSRF_TRUSTED_ORIGINS = [HELIOGRAPH.url]
CSRF_FAILURE_VIEW = "heliograph.config.pages.not_from_here"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HELIOGRAPH.trusted_proxies else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
X_FRAME_OPTIONS = "DENY"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"  # of the United States: what the source is written in
LANGUAGES = [("en", "English (United States)"), ("en-gb", "English (United Kingdom)"), ("de", "Deutsch")]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_NAME = f"{_prefix}heliograph_language"
LANGUAGE_COOKIE_AGE = 365 * 86_400
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = _https, True, "Lax"
APPEND_SLASH = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "heliograph.core.secrets.redaction.Redacting",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "filters": {"outage": {"()": "heliograph.config.outage.OncePerOutage"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["outage"]}},
    "loggers": {"heliograph.refusals": {"level": "INFO"}},
    "root": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "WARNING"},
}
NINJA_PAGINATION_MAX_LIMIT = 200
PROCRASTINATE_IMPORT_PATHS = ["heliograph.lrs.pipes.tasks"]
PROCRASTINATE_ON_APP_READY = "heliograph.config.server.worker.prepare"
CONTENT_STATIC_URL = "/static/"
