CREATE TABLE accounts (
  id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  email          TEXT      NOT NULL,
  name           TEXT      NOT NULL,
  school_type    TEXT      NOT NULL,
  school         TEXT      REFERENCES schools (slug),
  role           TEXT      NOT NULL CHECK (role IN ('teacher', 'supporter', 'trainer', 'moderator', 'administrator')),
  position       TEXT,
  grades         TEXT      NOT NULL,
  subjects       TEXT      NOT NULL,
  state          TEXT      NOT NULL CHECK (state IN ('placeholder', 'unverified', 'active', 'suspended')),
  password_hash  TEXT,
  created_at     TIMESTAMP NOT NULL,
  updated_at     TIMESTAMP NOT NULL,
  CONSTRAINT accounts_email_key UNIQUE (email)
);
CREATE INDEX accounts_by_school ON accounts (school);

-- Browser sessions and bearer tokens: only the SHA-256 of the secret is kept.
CREATE TABLE sessions (
  id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account_id    BLOB      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind          TEXT      NOT NULL CHECK (kind IN ('browser', 'bearer')),
  secret_hash   TEXT      NOT NULL,
  label         TEXT      NOT NULL,
  created_at    TIMESTAMP NOT NULL,
  last_seen_at  TIMESTAMP NOT NULL,
  expires_at    TIMESTAMP NOT NULL,
  CONSTRAINT sessions_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Links sent by mail: they prove an address and let a password be set, once.
CREATE TABLE mail_links (
  id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account_id   BLOB      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  secret_hash  TEXT      NOT NULL,
  created_at   TIMESTAMP NOT NULL,
  expires_at   TIMESTAMP NOT NULL,
  CONSTRAINT mail_links_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX mail_links_by_account ON mail_links (account_id);

-- A repeated POST with the same key gives the answer of the first.
CREATE TABLE idempotency_keys (
  account_id   BLOB      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  key          TEXT      NOT NULL,
  resource_id  BLOB      NOT NULL,
  created_at   TIMESTAMP NOT NULL,
  PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);
