"""Settings shared by every profile. `DATABASE_URL` chooses the database in each of them.

Reads the environment only through `env`; imports no code of our apps.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.str("HUIQITONG_VAR", default=str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "cms.apps.CmsConfig",  # first: its templates and commands win over Wagtail's
    "policy_pages.apps.PolicyPagesConfig",
    "accounts.apps.AccountsConfig",
    "audit.apps.AuditConfig",
    "wagtail.documents",
    "wagtail.images",  # the admin needs it; no role may add an image and no page type shows one
    "wagtail.search",
    "wagtail.sites",  # the admin's root links to it; no role holds a right there
    "wagtail.users",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "guardian",
    "simple_history",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "policy_pages.middleware.AskEachTimeMiddleware",
    # Outside everything that measures or looks at an answer: it rewrites the pages under /zh-hant/ and /elder/.
    "policy_pages.variants.middleware.VariantMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "policy_pages.middleware.LongAddressMiddleware",  # before whatever reads parameters
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    # The gates of the back office, in this order: whose session it is, the second factor, what a first login owes.
    "accounts.middleware.sessions.SessionGuardMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.middleware.second_factor.SecondFactorMiddleware",
    "accounts.middleware.first_login.FirstLoginMiddleware",
    "accounts.middleware.break_glass.BreakGlassMiddleware",
    "policy_pages.middleware.AttachmentCacheMiddleware",
    "policy_pages.middleware.DepartmentWallMiddleware",
    # Last on purpose: it calls the view itself, inside one transaction per unsafe request (check cms.E001).
    "cms.middleware.AtomicUnsafeRequestMiddleware",
]

ROOT_URLCONF = "cms.urls"

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
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'huiqitong.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE: a writer waits its turn instead of failing half-way; FULL: committed survives power loss.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # cache_size (KiB of a connection): a search looks thousands of rows up; with SQLite's own 2 MB each is read anew.
        # recursive_triggers: without it INSERT OR REPLACE deletes a row past the append-only triggers.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; PRAGMA recursive_triggers=ON;",
    }
# A worker keeps its connection: opening one, with its settings, took a sixth of a page. Asked first on PostgreSQL: it may be gone.
DATABASES["default"].setdefault("CONN_MAX_AGE", 600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Who is who -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses a locked pair of account and address unread
    "accounts.backends.AllottedBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian: no row for the visitor
GUARDIAN_MONKEY_PATCH_USER = False
AUTH_PASSWORD_VALIDATORS = [
    # Length, classes and history follow HUIQITONG_PASSWORD_PROFILE; the lists of common passwords hold in both.
    {"NAME": "accounts.validators.ProfileValidator"},
    {"NAME": "accounts.validators.FavouriteValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "holder_name", "phone")},
    },
    {"NAME": "accounts.validators.HistoryValidator"},
]
LOGIN_URL = "wagtailadmin_login"

# --- Lockout: by account and address, so that nobody can lock a stranger out ------------------------
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the page names an hour, and that hour holds
AXES_CLIENT_IP_CALLABLE = "accounts.middleware.addresses.address_of"
AXES_USERNAME_CALLABLE = "accounts.middleware.addresses.lockout_name"
AXES_LOCKOUT_CALLABLE = "accounts.views.doors.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # our event chain keeps logins

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# --- Files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"  # never served: attachments go through Wagtail's serve view and its hook
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# A policy of 40,000 characters is some hundred blocks of several form fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Wagtail --------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "惠企通"
WAGTAILADMIN_BASE_URL = env.str("HUIQITONG_BASE_URL", default="http://127.0.0.1:8000")
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = False
WAGTAIL_AUTOSAVE_INTERVAL = 0  # stock autosave rewrites revisions in place
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
# What goes public at its appointed time takes back nobody's newer submission.
WAGTAIL_WORKFLOW_CANCEL_ON_PUBLISH = False
WAGTAIL_FINISH_WORKFLOW_ACTION = "policy_pages.workflow.publish_approved_revision"
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILADMIN_USER_LOGIN_FORM = "accounts.forms.login.LoginForm"
WAGTAIL_FRONTEND_LOGIN_URL = "/admin/login/"
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = True
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILADMIN_EXTERNAL_LINK_CONVERSION = ""  # stock answers a public address with the title of the page's draft
WAGTAILADMIN_COMMENTS_ENABLED = False  # reasons live in the workflow, where the chain sees them
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILDOCS_DOCUMENT_MODEL = "policy_pages.PolicyFile"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "policy_pages.forms.files.PolicyFileForm"
WAGTAILDOCS_EXTENSIONS = ["pdf", "ofd", "doc", "docx", "wps", "xls", "xlsx", "et", "jpg", "jpeg", "png", "txt", "zip"]
WAGTAILDOCS_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_PRIVATE_COLLECTION_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "policy_pages.search.backend"}}
TAGGIT_CASE_INSENSITIVE = True

# --- Security -------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the admin shows its preview in a frame
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
        "frame-src": ["'self'"],
        "base-uri": ["'self'"],
        "manifest-src": ["'self'"],
    },
    "EXCLUDE_URL_PREFIXES": ("/admin/",),  # Wagtail's own pages: see docs/decisions
}

#: A second sink of the audit events, one JSON line each: a file, or "-" for standard output; empty: none.
HUIQITONG_AUDIT_LOG = env.str("HUIQITONG_AUDIT_LOG", default="")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
if HUIQITONG_AUDIT_LOG:
    LOGGING["formatters"]["bare"] = {"format": "%(message)s"}
    LOGGING["handlers"]["audit"] = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "bare"}
    if HUIQITONG_AUDIT_LOG != "-":
        # Watched: logrotate may move the file away.
        LOGGING["handlers"]["audit"] = {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": HUIQITONG_AUDIT_LOG,
            "encoding": "utf-8",
            "formatter": "bare",
        }
    LOGGING["loggers"] = {"huiqitong.audit": {"handlers": ["audit"], "level": "INFO", "propagate": False}}

# --- Ours -----------------------------------------------------------------------------------------
#: Calendar days before its end from which an open window is called 即将截止.
HUIQITONG_CLOSING_SOON_DAYS = 7
#: Calendar days an initial password is good for; then the officer issues another.
HUIQITONG_INITIAL_PASSWORD_DAYS = 7
#: Calendar days without a login after which an account is flagged as idle (等保: stale accounts).
HUIQITONG_IDLE_ACCOUNT_DAYS = 90
#: Minutes without a request, and hours since login, after which a session ends.
HUIQITONG_SESSION_IDLE_MINUTES = 30
HUIQITONG_SESSION_HOURS = 8
#: `mlps` (等级保护: three classes of characters, renewed, history) or `asvs` (long, never renewed); decisions/0009.
HUIQITONG_PASSWORD_PROFILE = env.str("HUIQITONG_PASSWORD_PROFILE", default="mlps")
#: Whether bureau and administrators must use a second factor; off in the demo profile only.
HUIQITONG_SECOND_FACTOR_REQUIRED = True
#: What an authenticator app shows above the code.
OTP_TOTP_ISSUER = WAGTAIL_SITE_NAME
#: Proxies of ours in front of the server: how many entries of X-Forwarded-For, from the right, are theirs to write.
HUIQITONG_PROXY_COUNT = env.int("HUIQITONG_PROXY_COUNT", default=0)
#: Reports of errors (我要纠错) taken within an hour from one network, and from all together; calendar days that a contact is kept
#: after the answer.
HUIQITONG_CORRECTIONS_PER_HOUR = env.int("HUIQITONG_CORRECTIONS_PER_HOUR", default=10)
HUIQITONG_REPORTS_PER_HOUR = env.int("HUIQITONG_REPORTS_PER_HOUR", default=120)
HUIQITONG_CORRECTION_CONTACT_DAYS = 90
#: Private key (Ed25519, PEM) that signs the digests of the event chain, and whether a missing one is made on first use.
HUIQITONG_DIGEST_KEY = env.str("HUIQITONG_DIGEST_KEY", default=str(VAR_DIR / "keys" / "digest.pem"))
HUIQITONG_DIGEST_KEY_MADE = False
#: Where the daily digests are written, and to whom they are mailed (addresses, separated by commas).
HUIQITONG_DIGEST_DIR = env.str("HUIQITONG_DIGEST_DIR", default=str(VAR_DIR / "digests"))
HUIQITONG_DIGEST_MAIL = env.list("HUIQITONG_DIGEST_MAIL", default=[])
#: Where visits of public pages are noted until `tick` counts them; one folder a machine (docs/visits.md).
HUIQITONG_VISITS_DIR = env.str("HUIQITONG_VISITS_DIR", default=str(VAR_DIR / "visits"))
#: How many visits of one page within one hour count from one address, as each worker sees them: many readers share one.
HUIQITONG_VISITS_PER_ADDRESS = env.int("HUIQITONG_VISITS_PER_ADDRESS", default=60)
#: Where public pages are kept until anything public changes (docs/baking.md); empty: nowhere. One folder a machine.
HUIQITONG_BAKE_DIR = env.str("HUIQITONG_BAKE_DIR", default=str(VAR_DIR / "bake"))
#: Bytes that each worker keeps in memory beside the files.
HUIQITONG_BAKE_MEMORY = env.int("HUIQITONG_BAKE_MEMORY", default=64 * 1024 * 1024)
#: Machines that serve this database. With more than one each shows a kept page for no longer than the lease (seconds) after it
#: last asked the database, and a publication waits as long before it is answered.
HUIQITONG_NODES = env.int("HUIQITONG_NODES", default=1)
HUIQITONG_BAKE_LEASE = 0.5
#: Licence of the open data, and under which names its tags are given (RFC 4151), for ever: `example.gov.cn,2026`; empty: the
#: site's domain. Set it before the domain changes, or every subscriber reads everything anew.
HUIQITONG_DATA_LICENCE_NAME = env.str("HUIQITONG_DATA_LICENCE_NAME", default="知识共享 署名 4.0 国际（CC BY 4.0）")
HUIQITONG_DATA_LICENCE_URL = env.str(
    "HUIQITONG_DATA_LICENCE_URL", default="https://creativecommons.org/licenses/by/4.0/deed.zh-hans"
)
HUIQITONG_TAG_AUTHORITY = env.str("HUIQITONG_TAG_AUTHORITY", default="")
#: Demo accounts and publish_import are refused unless this is on; only dev and test turn it on.
HUIQITONG_DEMO = False
