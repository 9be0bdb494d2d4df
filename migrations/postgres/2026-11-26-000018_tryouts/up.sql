-- What became of a practice in somebody else's class (「まねしてみた」). Taken back ones stay, out of sight.
CREATE TABLE tryouts (
  id           UUID PRIMARY KEY,
  thread_id    UUID      NOT NULL REFERENCES threads (id),
  author_id    UUID      NOT NULL REFERENCES accounts (id),
  -- What it is signed with in place of a name; NULL: the name.
  sealed_as    TEXT,
  school_type  TEXT      NOT NULL,
  grade        TEXT,
  outcome      TEXT      NOT NULL CHECK (outcome IN ('worked', 'partly', 'failed')),
  changed      TEXT,
  note         TEXT      NOT NULL,
  visibility   TEXT      NOT NULL CHECK (visibility IN ('visible', 'held', 'hidden', 'deleted')),
  created_at   TIMESTAMP NOT NULL
);
CREATE INDEX tryouts_of_thread ON tryouts (thread_id, visibility, created_at, id);
CREATE INDEX tryouts_of_author ON tryouts (author_id, created_at);

-- What the author of a practice is told on the site.
CREATE TABLE tryout_notices (
  account_id  UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  tryout_id   UUID      NOT NULL REFERENCES tryouts (id) ON DELETE CASCADE,
  at          TIMESTAMP NOT NULL,
  seen        BOOLEAN   NOT NULL DEFAULT FALSE,
  PRIMARY KEY (account_id, tryout_id)
);
CREATE INDEX tryout_notices_new ON tryout_notices (account_id, seen, at);
CREATE INDEX tryout_notices_of_account ON tryout_notices (account_id, at);
CREATE INDEX tryout_notices_of_tryout ON tryout_notices (tryout_id);
CREATE INDEX tryout_notices_by_time ON tryout_notices (at);
