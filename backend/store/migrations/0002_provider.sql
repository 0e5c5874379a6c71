-- What an app can be told to do beyond signing in: its settings, pushed requests, devices, tokens of its own, logout by the back channel; and keys that follow each other.

ALTER TABLE clients ADD COLUMN require_par            INTEGER NOT NULL DEFAULT 0 CHECK (require_par IN (0, 1));
ALTER TABLE clients ADD COLUMN reauthenticate         INTEGER NOT NULL DEFAULT 0 CHECK (reauthenticate IN (0, 1));
ALTER TABLE clients ADD COLUMN client_credentials     INTEGER NOT NULL DEFAULT 0 CHECK (client_credentials IN (0, 1));
ALTER TABLE clients ADD COLUMN device_grant           INTEGER NOT NULL DEFAULT 0 CHECK (device_grant IN (0, 1));
ALTER TABLE clients ADD COLUMN device_anywhere        INTEGER NOT NULL DEFAULT 0 CHECK (device_anywhere IN (0, 1));
ALTER TABLE clients ADD COLUMN userinfo_only          INTEGER NOT NULL DEFAULT 0 CHECK (userinfo_only IN (0, 1));
ALTER TABLE clients ADD COLUMN id_token_algorithm     TEXT    NOT NULL DEFAULT 'RS256' CHECK (id_token_algorithm IN ('RS256', 'ES256', 'EdDSA'));
ALTER TABLE clients ADD COLUMN access_format          TEXT    NOT NULL DEFAULT 'opaque' CHECK (access_format IN ('opaque', 'jwt'));
ALTER TABLE clients ADD COLUMN audience               TEXT    NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN access_life            INTEGER NOT NULL DEFAULT 0; -- this and the next three in seconds, 0 for the default
ALTER TABLE clients ADD COLUMN id_token_life          INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN refresh_idle           INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN refresh_absolute       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN network_rule           TEXT    NOT NULL DEFAULT 'anywhere' CHECK (network_rule IN ('anywhere', 'tailnet'));
ALTER TABLE clients ADD COLUMN initiate_login_uri     TEXT    NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN backchannel_logout_uri TEXT    NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN backchannel_inward     INTEGER NOT NULL DEFAULT 0 CHECK (backchannel_inward IN (0, 1));

-- Web origins of public apps, taken from their redirect addresses, for CORS.
CREATE TABLE client_origins (
  client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  origin    TEXT NOT NULL,
  PRIMARY KEY (origin, client_id)
) STRICT;
CREATE INDEX client_origins_client ON client_origins (client_id);

-- Scopes of custom claims that belong to another one than profile.
CREATE TABLE claim_scopes (
  claim TEXT PRIMARY KEY,
  scope TEXT NOT NULL
) STRICT;

ALTER TABLE grants ADD COLUMN claims TEXT NOT NULL DEFAULT ''; -- single claims that were asked for, JSON

ALTER TABLE access_tokens ADD COLUMN format TEXT NOT NULL DEFAULT 'opaque' CHECK (format IN ('opaque', 'jwt'));

CREATE TABLE client_tokens (       -- of apps that act for themselves (client_credentials)
  hash       BLOB PRIMARY KEY,
  client_id  TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  scope      TEXT NOT NULL,
  format     TEXT NOT NULL CHECK (format IN ('opaque', 'jwt')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX client_tokens_client ON client_tokens (client_id);
CREATE INDEX client_tokens_expiry ON client_tokens (expires_at);

CREATE TABLE pushed_requests (     -- RFC 9126
  hash       BLOB PRIMARY KEY,
  client_id  TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  form       TEXT NOT NULL,        -- urlencoded, as pushed
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER               -- NULL until used
) STRICT;
CREATE INDEX pushed_requests_client ON pushed_requests (client_id);
CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at);

CREATE TABLE device_codes (        -- RFC 8628
  hash       BLOB PRIMARY KEY,     -- of the device code
  user_hash  BLOB NOT NULL UNIQUE, -- of the user code
  client_id  TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  scope      TEXT NOT NULL,
  network    TEXT NOT NULL,        -- of the device
  source     TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  interval_s INTEGER NOT NULL,
  polled_at  INTEGER NOT NULL,
  tries      INTEGER NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'denied', 'used')),
  grant_id   TEXT NOT NULL         -- '' until approved
) STRICT;
CREATE INDEX device_codes_client ON device_codes (client_id);
CREATE INDEX device_codes_expiry ON device_codes (expires_at);

CREATE TABLE logout_deliveries (   -- OIDC Back-Channel Logout; they outlive users and sessions
  id         TEXT PRIMARY KEY,
  client_id  TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL,
  session_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  UNIQUE (client_id, session_id)
) STRICT;
CREATE INDEX logout_deliveries_due ON logout_deliveries (due_at);

-- A key is next until it signs (active_at 0), current until another takes over, then retired: its private part is erased and its public part stays published until withdrawn.
ALTER TABLE signing_keys ADD COLUMN active_at    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signing_keys ADD COLUMN withdrawn_at INTEGER NOT NULL DEFAULT 0;
UPDATE signing_keys SET active_at = created_at;

-- A refresh token is kept to its family's end, so that a late reuse is still seen.
DROP INDEX refresh_tokens_expiry;
CREATE INDEX refresh_tokens_absolute ON refresh_tokens (absolute_at);

CREATE INDEX sessions_passkey ON sessions (passkey_id);
CREATE INDEX refusals_minute ON refusals (minute);
