CREATE TABLE threads (
  id                 UUID PRIMARY KEY,
  short_code         TEXT      NOT NULL,
  external_id        TEXT,
  kind               TEXT      NOT NULL CHECK (kind IN ('question', 'practice', 'discussion')),
  title              TEXT      NOT NULL,
  body               TEXT      NOT NULL,
  body_html          TEXT      NOT NULL,
  renderer_version   INTEGER   NOT NULL,
  practice           TEXT,
  school_type        TEXT      NOT NULL,
  subject            TEXT,
  grade              TEXT,
  author_id          UUID      NOT NULL REFERENCES accounts (id),
  vocabulary_id      UUID      NOT NULL REFERENCES vocabularies (id),
  visibility         TEXT      NOT NULL CHECK (visibility IN ('visible', 'held', 'hidden', 'deleted')),
  accepted_reply_id  UUID,
  reply_count        INTEGER   NOT NULL DEFAULT 0,
  revision           INTEGER   NOT NULL DEFAULT 1,
  created_at         TIMESTAMP NOT NULL,
  updated_at         TIMESTAMP NOT NULL,
  active_at          TIMESTAMP NOT NULL,
  CONSTRAINT threads_short_code_key UNIQUE (short_code),
  CONSTRAINT threads_external_id_key UNIQUE (external_id)
);
CREATE INDEX threads_new ON threads (visibility, created_at, id);
CREATE INDEX threads_active ON threads (visibility, active_at, id);
CREATE INDEX threads_by_kind ON threads (kind, visibility, created_at, id);
CREATE INDEX threads_unanswered ON threads (kind, visibility, reply_count, created_at, id);
CREATE INDEX threads_by_author ON threads (author_id, created_at, id);
CREATE INDEX threads_by_vocabulary ON threads (vocabulary_id);
CREATE INDEX threads_by_accepted ON threads (accepted_reply_id);

-- Policies, initiatives, tags and tools of a thread: `key` is the folded form that is compared, `value` what is shown.
CREATE TABLE thread_labels (
  thread_id  UUID    NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  kind       TEXT    NOT NULL CHECK (kind IN ('policy', 'initiative', 'tag', 'tool')),
  key        TEXT    NOT NULL,
  value      TEXT    NOT NULL,
  place      INTEGER NOT NULL,
  PRIMARY KEY (thread_id, kind, key)
);
CREATE INDEX thread_labels_by_key ON thread_labels (kind, key, thread_id);

CREATE TABLE replies (
  id                UUID PRIMARY KEY,
  thread_id         UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  external_id       TEXT,
  author_id         UUID      NOT NULL REFERENCES accounts (id),
  body              TEXT      NOT NULL,
  body_html         TEXT      NOT NULL,
  renderer_version  INTEGER   NOT NULL,
  quote_of          UUID      REFERENCES replies (id),
  visibility        TEXT      NOT NULL CHECK (visibility IN ('visible', 'held', 'hidden', 'deleted')),
  revision          INTEGER   NOT NULL DEFAULT 1,
  created_at        TIMESTAMP NOT NULL,
  updated_at        TIMESTAMP NOT NULL,
  CONSTRAINT replies_external_id_key UNIQUE (thread_id, external_id)
);
CREATE INDEX replies_of_thread ON replies (thread_id, created_at, id);
CREATE INDEX replies_by_author ON replies (author_id, created_at, id);
CREATE INDEX replies_by_quote ON replies (quote_of);
ALTER TABLE threads ADD CONSTRAINT threads_accepted_reply_id_fkey FOREIGN KEY (accepted_reply_id) REFERENCES replies (id);

-- Versions that an edit replaced. The present one stands in threads / replies.
CREATE TABLE revisions (
  id          UUID PRIMARY KEY,
  thread_id   UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  reply_id    UUID      REFERENCES replies (id) ON DELETE CASCADE,
  number      INTEGER   NOT NULL,
  title       TEXT,
  body        TEXT      NOT NULL,
  written_at  TIMESTAMP NOT NULL
);
CREATE INDEX revisions_of_thread ON revisions (thread_id, written_at);
CREATE INDEX revisions_of_reply ON revisions (reply_id, number);
