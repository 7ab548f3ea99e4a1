"""What the test run turns off: slow password hashing, and the demo's own 404, so that what is not found is answered as in production."""

from .dev import *  # noqa: F403 -- a settings profile is its base with changes
from .base import DATABASES, VAR_DIR, env
from .base import MIDDLEWARE as MIDDLEWARE

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = VAR_DIR / "test-media"
HUIQITONG_DIGEST_DIR = env.str("HUIQITONG_DIGEST_DIR", default=str(VAR_DIR / "test-digests"))
HUIQITONG_DIGEST_KEY = str(VAR_DIR / "test-keys" / "digest.pem")
HUIQITONG_VISITS_DIR = str(VAR_DIR / "test-visits")
HUIQITONG_BAKE_DIR = ""  # tests of kept pages name a folder of their own
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not shared memory: concurrency tests meet the same locks as production.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
