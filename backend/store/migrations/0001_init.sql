-- Times are Unix milliseconds, 0 for never. Hashes are SHA-256 of bearer secrets, which are stored nowhere. Sealed columns are envelopes of the vault.

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL              -- JSON
) STRICT;

CREATE TABLE users (
  id             TEXT PRIMARY KEY,
  user_name      TEXT NOT NULL,
  name           TEXT NOT NULL,
  given_name     TEXT NOT NULL,
  family_name    TEXT NOT NULL,
  email          TEXT NOT NULL,
  email_verified INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
  locale         TEXT NOT NULL,
  claims         TEXT NOT NULL,    -- JSON object
  owner          INTEGER NOT NULL CHECK (owner IN (0, 1)),
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  disabled_at    INTEGER NOT NULL
) STRICT;

-- User names and addresses as they were ever given, folded. A row outlives its user, so that nobody else becomes that name to an app.
CREATE TABLE identifiers (
  kind    TEXT NOT NULL CHECK (kind IN ('user_name', 'email')),
  fold    TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (kind, fold)
) STRICT;

CREATE TABLE groups (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  fold       TEXT NOT NULL UNIQUE,
  claims     TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
  group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, user_id)
) STRICT;
CREATE INDEX members_user ON members (user_id);

CREATE TABLE clients (
  id             TEXT PRIMARY KEY,
  name           TEXT NOT NULL,
  public         INTEGER NOT NULL CHECK (public IN (0, 1)),
  native         INTEGER NOT NULL CHECK (native IN (0, 1)),
  allow_http     INTEGER NOT NULL CHECK (allow_http IN (0, 1)),
  require_pkce   INTEGER NOT NULL CHECK (require_pkce IN (0, 1)),
  skip_consent   INTEGER NOT NULL CHECK (skip_consent IN (0, 1)),
  always_refresh INTEGER NOT NULL CHECK (always_refresh IN (0, 1)),
  launch_url     TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  disabled_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE client_uris (
  client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  kind      TEXT NOT NULL CHECK (kind IN ('redirect', 'post_logout')),
  position  INTEGER NOT NULL,
  uri       TEXT NOT NULL,
  PRIMARY KEY (client_id, kind, position)
) STRICT;

CREATE TABLE client_secrets (
  id           TEXT PRIMARY KEY,
  client_id    TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  hash         BLOB NOT NULL UNIQUE,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX client_secrets_client ON client_secrets (client_id);

CREATE TABLE access (
  client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  kind      TEXT NOT NULL CHECK (kind IN ('everyone', 'group', 'user')),
  subject   TEXT NOT NULL,
  PRIMARY KEY (client_id, kind, subject)
) STRICT;
CREATE INDEX access_subject ON access (subject);

CREATE TABLE passkeys (
  id              TEXT PRIMARY KEY,
  user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name            TEXT NOT NULL,
  credential_id   BLOB NOT NULL UNIQUE,
  public_key      BLOB NOT NULL,
  algorithm       INTEGER NOT NULL,
  sign_count      INTEGER NOT NULL,
  aaguid          BLOB NOT NULL,
  provider        TEXT NOT NULL,
  transports      TEXT NOT NULL,   -- space-separated
  attachment      TEXT NOT NULL,
  backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)),
  backed_up       INTEGER NOT NULL CHECK (backed_up IN (0, 1)),
  rp_id           TEXT NOT NULL,
  origin          TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  last_used_at    INTEGER NOT NULL,
  flagged_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX passkeys_user ON passkeys (user_id);

CREATE TABLE invites (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash       BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL,
  epoch      INTEGER NOT NULL
) STRICT;
CREATE INDEX invites_user ON invites (user_id);

CREATE TABLE challenges (          -- of finished ceremonies, so that none counts twice
  hash       BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX challenges_expiry ON challenges (expires_at);

CREATE TABLE browsers (
  id         TEXT PRIMARY KEY,
  hash       BLOB NOT NULL UNIQUE, -- of the cookie; changes at each sign-in
  session_id TEXT NOT NULL,        -- the one that acts, '' for none
  user_agent TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  id         TEXT PRIMARY KEY,
  browser_id TEXT NOT NULL REFERENCES browsers (id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  auth_time  INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL,
  acr        TEXT NOT NULL,
  amr        TEXT NOT NULL,
  passkey_id TEXT NOT NULL,
  network    TEXT NOT NULL,
  source     TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ended_at   INTEGER NOT NULL,
  end_reason TEXT NOT NULL,
  epoch      INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_browser ON sessions (browser_id);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE consents (
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id  TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  scope      TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, client_id)
) STRICT;
CREATE INDEX consents_client ON consents (client_id);

CREATE TABLE grants (
  id            TEXT PRIMARY KEY,
  user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id     TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  session_id    TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  scope         TEXT NOT NULL,
  network       TEXT NOT NULL,     -- of the browser that made it
  source        TEXT NOT NULL,
  acr           TEXT NOT NULL,
  amr           TEXT NOT NULL,
  auth_time     INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  revoked_at    INTEGER NOT NULL,
  revoke_reason TEXT NOT NULL,
  epoch         INTEGER NOT NULL
) STRICT;
CREATE INDEX grants_user ON grants (user_id);
CREATE INDEX grants_client ON grants (client_id);
CREATE INDEX grants_session ON grants (session_id);

CREATE TABLE codes (
  hash         BLOB PRIMARY KEY,
  grant_id     TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
  client_id    TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  challenge    TEXT NOT NULL,
  nonce        TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  used_at      INTEGER              -- NULL until redeemed or burned
) STRICT;
CREATE INDEX codes_grant ON codes (grant_id);
CREATE INDEX codes_expiry ON codes (expires_at);

CREATE TABLE access_tokens (
  hash       BLOB PRIMARY KEY,
  grant_id   TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
  client_id  TEXT NOT NULL,
  scope      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX access_tokens_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_expiry ON access_tokens (expires_at);

CREATE TABLE refresh_tokens (
  hash        BLOB PRIMARY KEY,
  grant_id    TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
  client_id   TEXT NOT NULL,
  scope       TEXT NOT NULL,
  key_id      TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  absolute_at INTEGER NOT NULL,
  spent_at    INTEGER,             -- NULL until rotated
  seed        BLOB,                -- NULL before rotation, and again when nothing may be derived any more
  successor   BLOB,
  replays     INTEGER NOT NULL
) STRICT;
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_successor ON refresh_tokens (successor);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_grace ON refresh_tokens (spent_at) WHERE seed IS NOT NULL;

CREATE TABLE signing_keys (
  id         TEXT PRIMARY KEY,     -- kid, never reused
  use        TEXT NOT NULL CHECK (use IN ('sig', 'refresh')),
  algorithm  TEXT NOT NULL,
  public     TEXT NOT NULL,
  sealed     BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  retired_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tailnet_state (
  key    TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE events (
  seq         INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  actor       TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  client_id   TEXT NOT NULL,
  object_id   TEXT NOT NULL,
  reason      TEXT NOT NULL,
  network     TEXT NOT NULL,
  salt        BLOB NOT NULL,
  detail_hash BLOB NOT NULL,
  prev        BLOB NOT NULL,
  hash        BLOB NOT NULL
) STRICT;
CREATE INDEX events_user ON events (user_id, seq);
CREATE INDEX events_client ON events (client_id, seq);
CREATE INDEX events_kind ON events (kind, at);

CREATE TABLE event_details (       -- the personal part, which may be erased without breaking the chain
  seq  INTEGER PRIMARY KEY REFERENCES events (seq),
  body TEXT NOT NULL
) STRICT;

CREATE TABLE refusals (            -- of anonymous requests, counted
  kind   TEXT NOT NULL,
  source TEXT NOT NULL,
  minute INTEGER NOT NULL,
  count  INTEGER NOT NULL,
  PRIMARY KEY (kind, source, minute)
) STRICT;
