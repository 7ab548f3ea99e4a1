"""The city's own profile as a real installation runs it, with what it must be told filled in: only on this machine."""

import os

os.environ.setdefault("SECRET_KEY", "benchmarks-only")
os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,testserver")
os.environ.setdefault("HUIQITONG_PROXY_COUNT", "0")
os.environ.setdefault("HUIQITONG_BASE_URL", "http://127.0.0.1:8000")
os.environ.setdefault("SECURE_SSL_REDIRECT", "false")

from cms.settings.production import *  # noqa: F403 -- a settings profile is its base with changes

# Forty accounts are made and nobody logs in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HUIQITONG_DIGEST_KEY_MADE = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
