-- What somebody is writing and has not sent: theirs alone. `target_id` is the thread or reply it is for; none for a new
-- thread, of which one person may have several. `fields` holds what the form holds.
CREATE TABLE drafts (
  id          UUID      NOT NULL PRIMARY KEY,
  account_id  UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  purpose     TEXT      NOT NULL CHECK (purpose IN ('new_thread', 'edit_thread', 'reply', 'edit_reply')),
  target_id   UUID      CHECK ((target_id IS NULL) = (purpose = 'new_thread')),
  fields      TEXT      NOT NULL,
  device      TEXT      NOT NULL,
  revision    INTEGER   NOT NULL DEFAULT 1,
  created_at  TIMESTAMP NOT NULL,
  updated_at  TIMESTAMP NOT NULL,
  CONSTRAINT drafts_target_id_key UNIQUE (account_id, purpose, target_id)
);
CREATE INDEX drafts_of_account ON drafts (account_id, updated_at);
CREATE INDEX drafts_by_time ON drafts (updated_at);

-- Practices whose author wants to be asked for nothing more.
CREATE TABLE finished_practices (
  thread_id  UUID      NOT NULL PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
  at         TIMESTAMP NOT NULL
);

-- What a version of a practice said beside its body.
ALTER TABLE revisions ADD COLUMN practice TEXT;
