-- What people say of themselves beside where they work, and what of all that others are shown: words parted by commas.
ALTER TABLE accounts ADD COLUMN tools TEXT NOT NULL DEFAULT '[]';
ALTER TABLE accounts ADD COLUMN experience TEXT CHECK (experience IN ('1', '2-5', '6-10', '11-20', '21-'));
ALTER TABLE accounts ADD COLUMN shown TEXT NOT NULL DEFAULT '';
-- When somebody closed their account. The row stays for what they wrote; nothing in it names them any more.
ALTER TABLE accounts ADD COLUMN closed_at TIMESTAMP;

-- Links by which people sign up with an address outside the usual domains: only the SHA-256 of the secret is kept.
CREATE TABLE invitations (
  id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  account_id   BLOB      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  secret_hash  TEXT      NOT NULL,
  label        TEXT      NOT NULL,
  school_type  TEXT      NOT NULL,
  school       TEXT      REFERENCES schools (slug),
  uses         INTEGER   NOT NULL DEFAULT 0,
  max_uses     INTEGER   NOT NULL,
  withdrawn    BOOLEAN   NOT NULL DEFAULT FALSE,
  created_at   TIMESTAMP NOT NULL,
  expires_at   TIMESTAMP NOT NULL,
  CONSTRAINT invitations_secret_hash_key UNIQUE (secret_hash),
  CONSTRAINT invitations_uses CHECK (uses BETWEEN 0 AND max_uses)
);
CREATE INDEX invitations_by_account ON invitations (account_id, created_at);
CREATE INDEX invitations_by_school ON invitations (school);
CREATE INDEX invitations_by_time ON invitations (created_at, id);

-- What a feed reader shows in place of a sign-in. The address that holds it is shown again to its owner, so it stands here
-- as it is; it opens nothing but feeds.
CREATE TABLE feed_keys (
  account_id  BLOB      NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  token       TEXT      NOT NULL,
  created_at  TIMESTAMP NOT NULL,
  CONSTRAINT feed_keys_token_key UNIQUE (token)
);
