-- What is told to people on the site: replies that concern them, whether or not a letter told it too.
CREATE TABLE site_notices (
  account_id  UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  reply_id    UUID      NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
  why         TEXT      NOT NULL CHECK (why IN ('own', 'mention', 'followed', 'accepted')),
  at          TIMESTAMP NOT NULL,
  seen        BOOLEAN   NOT NULL DEFAULT FALSE,
  PRIMARY KEY (account_id, reply_id, why)
);
CREATE INDEX site_notices_new ON site_notices (account_id, seen, at);
CREATE INDEX site_notices_of_account ON site_notices (account_id, at);
CREATE INDEX site_notices_of_reply ON site_notices (reply_id);
CREATE INDEX site_notices_by_time ON site_notices (at);
