-- How a post is signed without a name: 'type:shogakkou', 'supporter' or 'teacher'. NULL = with the name of its author.
ALTER TABLE threads ADD COLUMN sealed_as TEXT;
ALTER TABLE replies ADD COLUMN sealed_as TEXT;
CREATE INDEX accounts_by_kind ON accounts (role, state, school_type);

-- Two moderators together may learn whose post it is: one asks, another one agrees.
CREATE TABLE seal_requests (
  id          BLOB      NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  thread_id   BLOB      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  reply_id    BLOB      REFERENCES replies (id) ON DELETE CASCADE,
  author_id   BLOB      NOT NULL REFERENCES accounts (id),
  asker_id    BLOB      NOT NULL REFERENCES accounts (id),
  reason      TEXT      NOT NULL,
  asked_at    TIMESTAMP NOT NULL,
  state       TEXT      NOT NULL CHECK (state IN ('asked', 'agreed', 'declined')),
  second_id   BLOB      REFERENCES accounts (id),
  decided_at  TIMESTAMP,
  told        BOOLEAN   NOT NULL DEFAULT FALSE
);
CREATE INDEX seal_requests_by_thread ON seal_requests (thread_id, state);
CREATE INDEX seal_requests_by_reply ON seal_requests (reply_id);
CREATE INDEX seal_requests_by_author ON seal_requests (author_id, state, told);
CREATE INDEX seal_requests_by_asker ON seal_requests (asker_id);
CREATE INDEX seal_requests_by_second ON seal_requests (second_id);
CREATE INDEX seal_requests_by_time ON seal_requests (asked_at, id);
