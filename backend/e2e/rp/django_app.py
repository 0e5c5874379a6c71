"""A Django site that signs people in with mozilla-django-oidc, in one file. Its database is thrown away with it."""

import os
import sys
from wsgiref.simple_server import make_server

import django
from django.conf import settings

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
settings.configure(
    SECRET_KEY="a key of a test",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "mozilla_django_oidc"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    LOGIN_REDIRECT_URL="/",
    LOGIN_REDIRECT_URL_FAILURE="/?failed",
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid email profile",
    OIDC_USE_PKCE=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{ISSUER}/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{ISSUER}/api/oidc/token",
    OIDC_OP_USER_ENDPOINT=f"{ISSUER}/api/oidc/userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}/.well-known/jwks.json",
)
django.setup()

from django.core.management import call_command  # noqa: E402, settings come first
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils.html import format_html  # noqa: E402


def home(request):
    who = request.user.email if request.user.is_authenticated else "failed: nobody"
    return HttpResponse(format_html('<!doctype html><title>App</title><h1 id="done">hello {}</h1>', who))


urlpatterns = [path("", home), path("oidc/", include("mozilla_django_oidc.urls"))]

call_command("migrate", verbosity=0)
with make_server("localhost", PORT, get_wsgi_application()) as server:
    print("Ready.", flush=True)
    sys.stdout.flush()
    server.serve_forever()
