"""The city's installation. Everything secret or local comes from the environment; a missing one stops the start."""

from .base import *  # noqa: F403 -- a settings profile is its base with changes
from .base import env

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
#: No default: a guess would make all visitors one, or let them write their own address (docs/accounts.md). 0 without a proxy.
HUIQITONG_PROXY_COUNT = env.int("HUIQITONG_PROXY_COUNT")
if HUIQITONG_PROXY_COUNT:
    # The proxy speaks TLS with the visitor; without this every request would be led to https again, for ever.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
#: No default: every address that leaves the site begins with it, in feeds, data, receipts, papers and for search engines.
WAGTAILADMIN_BASE_URL = env.str("HUIQITONG_BASE_URL")
