-- What the trainers' desk shows and is too dear to count while somebody waits: lists made anew every few minutes.
CREATE TABLE desk_items (
  list       TEXT    NOT NULL CHECK (list IN ('answered', 'asked_again')),
  thread_id  UUID    NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  number     INTEGER NOT NULL,
  PRIMARY KEY (list, thread_id)
);
CREATE INDEX desk_items_by_thread ON desk_items (thread_id);

-- Questions that seem to ask the same; `likeness` in hundredths.
CREATE TABLE desk_pairs (
  thread_id  UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  other_id   UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  likeness   INTEGER   NOT NULL,
  dismissed  BOOLEAN   NOT NULL DEFAULT FALSE,
  at         TIMESTAMP NOT NULL,
  PRIMARY KEY (thread_id, other_id)
);
CREATE INDEX desk_pairs_by_other ON desk_pairs (other_id);
CREATE INDEX desk_pairs_new ON desk_pairs (dismissed, at);

-- When the lists were made, and up to which question pairs were looked for.
CREATE TABLE desk_state (
  id            INTEGER   NOT NULL PRIMARY KEY CHECK (id = 1),
  refreshed_at  TIMESTAMP NOT NULL,
  seen_to       UUID
);
