"""WSGI entry point; granian serves `cms.wsgi:application` with one blocking thread per worker."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings.production")

django_application = get_wsgi_application()

from policy_pages.baking.wsgi import baked  # noqa: E402 -- needs the apps

# Not named as WSGI_APPLICATION: `runserver` would show a template that is being written as it was.
application = baked(django_application)
