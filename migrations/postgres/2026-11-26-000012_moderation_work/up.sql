-- What moderators decide of a thread beside its visibility: locked (with the reason that readers see), the same topic as another,
-- merged into another. `merged_into` always names a thread that is not merged itself.
ALTER TABLE threads ADD COLUMN lock_reason TEXT;
ALTER TABLE threads ADD COLUMN duplicate_of UUID REFERENCES threads (id);
ALTER TABLE threads ADD COLUMN merged_into UUID REFERENCES threads (id);
CREATE INDEX threads_by_duplicate ON threads (duplicate_of);
CREATE INDEX threads_by_merged ON threads (merged_into);

-- When somebody asked for this account themselves; NULL for people whom others have entered.
ALTER TABLE accounts ADD COLUMN signed_up_at TIMESTAMP;

-- Which moderator looks at a post, and since when.
CREATE TABLE claims (
  post_id       UUID PRIMARY KEY,
  thread_id     UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  reply_id      UUID      REFERENCES replies (id) ON DELETE CASCADE,
  moderator_id  UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  at            TIMESTAMP NOT NULL
);
CREATE INDEX claims_by_thread ON claims (thread_id);
CREATE INDEX claims_by_reply ON claims (reply_id);
CREATE INDEX claims_by_moderator ON claims (moderator_id);

-- Authors who ask for another look at a post that was held or hidden; open until a moderator decides, one at a time.
-- `revision` is the version that was held.
CREATE TABLE resubmissions (
  id            UUID PRIMARY KEY,
  post_id       UUID      NOT NULL,
  thread_id     UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  reply_id      UUID      REFERENCES replies (id) ON DELETE CASCADE,
  message       TEXT      NOT NULL,
  revision      INTEGER   NOT NULL,
  created_at    TIMESTAMP NOT NULL,
  decided_at    TIMESTAMP,
  moderator_id  UUID      REFERENCES accounts (id)
);
CREATE UNIQUE INDEX resubmissions_open ON resubmissions (post_id) WHERE decided_at IS NULL;
CREATE INDEX resubmissions_by_time ON resubmissions (decided_at, created_at);
CREATE INDEX resubmissions_by_thread ON resubmissions (thread_id);
CREATE INDEX resubmissions_by_reply ON resubmissions (reply_id);
CREATE INDEX resubmissions_by_moderator ON resubmissions (moderator_id);

-- What moderators decided of a post, as its author is told on the site.
CREATE TABLE post_notices (
  id          UUID PRIMARY KEY,
  account_id  UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  thread_id   UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  reply_id    UUID      REFERENCES replies (id) ON DELETE CASCADE,
  decision    TEXT      NOT NULL,
  reason      TEXT      NOT NULL,
  at          TIMESTAMP NOT NULL,
  seen        BOOLEAN   NOT NULL DEFAULT FALSE
);
CREATE INDEX post_notices_new ON post_notices (account_id, seen, at);
CREATE INDEX post_notices_of_account ON post_notices (account_id, at);
CREATE INDEX post_notices_by_thread ON post_notices (thread_id);
CREATE INDEX post_notices_by_reply ON post_notices (reply_id);
CREATE INDEX post_notices_by_time ON post_notices (at);

-- The log is read by time; its rows are only ever added, whoever asks.
CREATE INDEX audit_log_by_time ON audit_log (at, id);
CREATE FUNCTION audit_log_keeps_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_log: rows are only ever added';
END $$;
CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_keeps_rows();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_keeps_rows();
