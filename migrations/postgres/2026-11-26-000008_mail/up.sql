-- How each person gets mail. A row is made with the first letter that could reach them.
CREATE TABLE mail_settings (
  account_id    UUID      PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  frequency     TEXT      NOT NULL CHECK (frequency IN ('weekly', 'fortnightly', 'none')),
  weekday       INTEGER   NOT NULL CHECK (weekday BETWEEN 1 AND 5),
  time_window   TEXT      NOT NULL CHECK (time_window IN ('0800', '1215', '1530', '1615')),
  contents      TEXT      NOT NULL,
  policies      TEXT      NOT NULL,
  school_types  TEXT      NOT NULL,
  subjects      TEXT      NOT NULL,
  at_once       TEXT      NOT NULL,
  any_time      BOOLEAN   NOT NULL,
  paused_until  DATE,
  in_vacation   BOOLEAN   NOT NULL,
  token         TEXT      NOT NULL,
  bounces       INTEGER   NOT NULL DEFAULT 0,
  silenced      BOOLEAN   NOT NULL DEFAULT FALSE,
  updated_at    TIMESTAMP NOT NULL,
  CONSTRAINT mail_settings_token_key UNIQUE (token)
);
CREATE INDEX mail_settings_by_slot ON mail_settings (weekday, time_window, account_id);

-- One issue of the digest per ISO week and slot. Readers are chosen for in chunks, in the order of their ids.
CREATE TABLE digest_issues (
  id           UUID      PRIMARY KEY,
  week         TEXT      NOT NULL,
  weekday      INTEGER   NOT NULL,
  time_window  TEXT      NOT NULL,
  opened_at    TIMESTAMP NOT NULL,
  chunks       INTEGER   NOT NULL DEFAULT 0,
  chosen_to    UUID,
  state        TEXT      NOT NULL CHECK (state IN ('choosing', 'chosen', 'missed')),
  CONSTRAINT digest_issues_week_key UNIQUE (week, weekday, time_window)
);
CREATE INDEX digest_issues_open ON digest_issues (state, id);
CREATE INDEX digest_issues_by_time ON digest_issues (opened_at, id);

-- What an issue says of a thread, written once for all its readers.
CREATE TABLE digest_items (
  issue_id   UUID    NOT NULL REFERENCES digest_issues (id) ON DELETE CASCADE,
  thread_id  UUID    NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  document   TEXT    NOT NULL,
  PRIMARY KEY (issue_id, thread_id)
);
CREATE INDEX digest_items_of_thread ON digest_items (thread_id);

-- The ledger of letters: one for each reader of an issue of the digest, or one with news of a thread. Frozen is what was
-- chosen; the hashes are of the text part.
CREATE TABLE outbox (
  id           UUID      PRIMARY KEY,
  account_id   UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  issue_id     UUID      REFERENCES digest_issues (id) ON DELETE CASCADE,
  thread_id    UUID      REFERENCES threads (id) ON DELETE CASCADE,
  urgent       BOOLEAN   NOT NULL,
  state        TEXT      NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'skipped', 'failed', 'bounced')),
  reason       TEXT      NOT NULL,
  frozen       TEXT      NOT NULL,
  frozen_hash  TEXT      NOT NULL,
  sent_hash    TEXT,
  run_at       TIMESTAMP NOT NULL,
  attempts     INTEGER   NOT NULL DEFAULT 0,
  fence        INTEGER   NOT NULL DEFAULT 0,
  created_at   TIMESTAMP NOT NULL,
  updated_at   TIMESTAMP NOT NULL,
  CONSTRAINT outbox_issue_id_key UNIQUE (issue_id, account_id),
  CONSTRAINT outbox_one_subject CHECK ((issue_id IS NULL) <> (thread_id IS NULL))
);
CREATE INDEX outbox_due ON outbox (state, urgent, run_at);
CREATE INDEX outbox_of_account ON outbox (account_id, updated_at);
CREATE INDEX outbox_of_thread ON outbox (thread_id, account_id, created_at);
CREATE INDEX outbox_by_time ON outbox (created_at);

-- Replies that somebody is to hear of by mail at once. They wait here until their letter is written.
CREATE TABLE notices (
  account_id  UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  reply_id    UUID      NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
  thread_id   UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  why         TEXT      NOT NULL CHECK (why IN ('own', 'mention', 'followed')),
  run_at      TIMESTAMP NOT NULL,
  PRIMARY KEY (account_id, reply_id)
);
CREATE INDEX notices_due ON notices (run_at);
CREATE INDEX notices_of_reply ON notices (reply_id);
CREATE INDEX notices_of_thread ON notices (thread_id, account_id);

-- What trainers recommend, with what they say of it.
CREATE TABLE recommendations (
  thread_id   UUID      PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
  trainer_id  UUID      NOT NULL REFERENCES accounts (id),
  comment     TEXT      NOT NULL,
  at          TIMESTAMP NOT NULL
);
CREATE INDEX recommendations_by_trainer ON recommendations (trainer_id);
CREATE INDEX recommendations_new ON recommendations (at, thread_id);
