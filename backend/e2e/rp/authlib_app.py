"""An app on Authlib, as Debian ships it, with nothing but the standard library around it."""

import html
import os
import secrets
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
session = OAuth2Session(
    os.environ["CLIENT_ID"],
    os.environ["CLIENT_SECRET"],
    scope="openid profile email offline_access",
    redirect_uri=f"http://localhost:{PORT}/callback",
    code_challenge_method="S256",
)
metadata = session.request("GET", f"{ISSUER}/.well-known/openid-configuration", withhold_token=True).json()
asked = {}


def login():
    asked["verifier"], asked["nonce"] = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    url, asked["state"] = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=asked["verifier"], nonce=asked["nonce"], prompt="consent"
    )
    return url


def callback(path):
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=path, state=asked["state"], code_verifier=asked["verifier"]
    )
    keys = JsonWebKey.import_key_set(session.request("GET", metadata["jwks_uri"], withhold_token=True).json())
    claims = jwt.decode(
        token["id_token"],
        keys,
        claims_cls=CodeIDToken,
        claims_options={"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": session.client_id}},
        claims_params={"nonce": asked["nonce"], "client_id": session.client_id, "access_token": token["access_token"]},
    )
    claims.validate()
    session.refresh_token(metadata["token_endpoint"], token["refresh_token"])
    person = session.get(metadata["userinfo_endpoint"]).json()
    if person["sub"] != claims["sub"]:
        return "failed: userinfo speaks of somebody else"
    session.revoke_token(metadata["revocation_endpoint"], session.token["refresh_token"], token_type_hint="refresh_token")
    after = session.get(metadata["userinfo_endpoint"]).status_code
    return f"hello {person['preferred_username']}, after revoking {after}"


class App(BaseHTTPRequestHandler):
    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/login":
            self.send_response(302)
            self.send_header("Location", login())
            self.end_headers()
        elif path == "/callback":
            try:
                said = callback(self.path)
            except Exception as e:  # whatever it is, the test reads it on the page
                said = f"failed: {e!r}"
            self.page(said)
        else:
            self.send_error(404)

    def page(self, said):
        body = f'<!doctype html><title>App</title><h1 id="done">{html.escape(said)}</h1>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = HTTPServer(("localhost", PORT), App)
print("Ready.", flush=True)
server.serve_forever()
