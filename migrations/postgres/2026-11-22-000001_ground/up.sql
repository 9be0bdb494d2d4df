-- What the forum says of itself: one row. feed_epoch is renewed by a restore, index_epoch raised to ask for a rebuild.
CREATE TABLE forum_state (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  feed_epoch   UUID      NOT NULL,
  index_epoch  INTEGER   NOT NULL DEFAULT 1
);

-- What happened, in the order in which it may be read: (xid, seq). See docs/database.md.
CREATE TABLE change_feed (
  seq      BIGSERIAL PRIMARY KEY,
  xid      BIGINT    NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  subject  TEXT      NOT NULL CHECK (subject IN ('thread', 'account')),
  subject_id UUID    NOT NULL,
  at       TIMESTAMP NOT NULL
);
CREATE INDEX change_feed_order ON change_feed (xid, seq);

CREATE TABLE jobs (
  id           UUID PRIMARY KEY,
  kind         TEXT      NOT NULL,
  payload      TEXT      NOT NULL,
  state        TEXT      NOT NULL CHECK (state IN ('queued', 'running', 'dead')),
  run_at       TIMESTAMP NOT NULL,
  attempts     INTEGER   NOT NULL DEFAULT 0,
  fence        INTEGER   NOT NULL DEFAULT 0,
  last_error   TEXT,
  created_at   TIMESTAMP NOT NULL
);
CREATE INDEX jobs_due ON jobs (state, run_at);
