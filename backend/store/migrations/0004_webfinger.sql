-- Domains whose WebFinger documents point here, and how each gets onto its web server.

CREATE TABLE webfinger_domains (
  domain       TEXT PRIMARY KEY, -- in small letters, as DNS has it
  scope        TEXT NOT NULL CHECK (scope IN ('domain', 'accounts')),
  publisher    TEXT NOT NULL,    -- its settings as JSON; {} before one was chosen
  credentials  BLOB,             -- sealed; NULL for none
  kept         TEXT NOT NULL,    -- the document of others that was found there, whose entries are kept; '' for none
  published    TEXT NOT NULL,    -- as it was last published, '' before that
  published_at INTEGER NOT NULL,
  report       TEXT NOT NULL,    -- of the last look from outside, as JSON; '' before one
  created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE webfinger_accounts ( -- for scope accounts: what the owner typed, never derived from users
  domain  TEXT NOT NULL REFERENCES webfinger_domains (domain) ON DELETE CASCADE,
  account TEXT NOT NULL,          -- the part before @, as typed
  PRIMARY KEY (domain, account)
) STRICT;
