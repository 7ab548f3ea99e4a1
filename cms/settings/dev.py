"""A person's own machine: debug pages, demo content, no prompt. Never for the public."""

from .base import *  # noqa: F403 -- a settings profile is its base with changes
from .base import MIDDLEWARE

DEBUG = True
SECRET_KEY = "dev-only-key-of-huiqitong-never-used-in-production"  # noqa: S105 -- demo profile
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
HUIQITONG_DEMO = True
HUIQITONG_DIGEST_KEY_MADE = True
HUIQITONG_SECOND_FACTOR_REQUIRED = False
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# Inside the first two, so that its page too is had in traditional script.
MIDDLEWARE = [*MIDDLEWARE[:2], "cms.middleware.OwnNotFoundMiddleware", *MIDDLEWARE[2:]]
# Static files straight from where they lie: no collectstatic, no hashed names.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
