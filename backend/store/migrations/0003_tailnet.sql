-- What the tailnet adds: where people may sign in from, whose a Tailscale login is, requests that wait for the owner, and how the issuer was reached.

ALTER TABLE users  ADD COLUMN network_rule TEXT NOT NULL DEFAULT 'anywhere' CHECK (network_rule IN ('anywhere', 'tailnet'));
ALTER TABLE groups ADD COLUMN network_rule TEXT NOT NULL DEFAULT 'anywhere' CHECK (network_rule IN ('anywhere', 'tailnet'));

ALTER TABLE clients ADD COLUMN tailnet_hint    INTEGER NOT NULL DEFAULT 0 CHECK (tailnet_hint IN (0, 1));
ALTER TABLE clients ADD COLUMN tailnet_enrol   INTEGER NOT NULL DEFAULT 0 CHECK (tailnet_enrol IN (0, 1));
ALTER TABLE clients ADD COLUMN tailnet_sign_in INTEGER NOT NULL DEFAULT 0 CHECK (tailnet_sign_in IN (0, 1));

ALTER TABLE sessions ADD COLUMN client_id TEXT NOT NULL DEFAULT ''; -- the one app that the session is for, '' for every app and the account
ALTER TABLE sessions ADD COLUMN tailscale_id INTEGER NOT NULL DEFAULT 0; -- whose node it was begun from without a passkey, 0 for none
CREATE INDEX sessions_tailscale ON sessions (tailscale_id) WHERE tailscale_id <> 0;

CREATE TABLE tailnet_logins (
  tailscale_id INTEGER PRIMARY KEY, -- Tailscale's numeric user ID
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  login        TEXT NOT NULL,       -- as it was when linked
  linked_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX tailnet_logins_user ON tailnet_logins (user_id);

CREATE TABLE approvals (
  id           TEXT PRIMARY KEY,
  kind         TEXT NOT NULL,        -- what is asked for: enrol
  hash         BLOB NOT NULL UNIQUE, -- of the secret that the asking browser holds
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id    TEXT NOT NULL,        -- the app that led there, '' for none
  tailscale_id INTEGER NOT NULL,     -- of the asking node's person, 0 for none
  login        TEXT NOT NULL,
  node         TEXT NOT NULL,
  network      TEXT NOT NULL,
  source       TEXT NOT NULL,
  user_agent   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'denied', 'used')),
  decided_at   INTEGER NOT NULL,
  epoch        INTEGER NOT NULL
) STRICT;
CREATE INDEX approvals_user ON approvals (user_id);
CREATE INDEX approvals_expiry ON approvals (expires_at);

CREATE TABLE reach_spans (           -- how a network reached the issuer, from one change to the next
  network  TEXT NOT NULL,
  from_at  INTEGER NOT NULL,
  until_at INTEGER NOT NULL,         -- of the last look that found it so
  state    TEXT NOT NULL CHECK (state IN ('up', 'down', 'paused')),
  reason   TEXT NOT NULL,            -- a message's key, '' when up
  PRIMARY KEY (network, from_at)
) STRICT;
CREATE INDEX reach_spans_until ON reach_spans (until_at);
