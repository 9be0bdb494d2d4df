-- What trainers ask for: a practice of this policy and school type. `filled_by` is the practice that came; `news` is what
-- whoever asked is to hear of it.
CREATE TABLE requests (
  id           UUID      NOT NULL PRIMARY KEY,
  trainer_id   UUID      NOT NULL REFERENCES accounts (id),
  policy       INTEGER   NOT NULL,
  school_type  TEXT      NOT NULL,
  subject      TEXT,
  item         TEXT,
  sentence     TEXT      NOT NULL,
  until        DATE      NOT NULL,
  created_at   TIMESTAMP NOT NULL,
  filled_by    UUID      REFERENCES threads (id) ON DELETE SET NULL,
  filled_at    TIMESTAMP,
  closed_at    TIMESTAMP,
  news         TEXT      CHECK (news IN ('filled', 'reopened', 'ended')),
  news_at      TIMESTAMP,
  news_seen    BOOLEAN   NOT NULL DEFAULT TRUE
);
CREATE INDEX requests_by_trainer ON requests (trainer_id, news_seen);
CREATE INDEX requests_by_filling ON requests (filled_by);
CREATE INDEX requests_by_end ON requests (until, id);
CREATE INDEX requests_by_time ON requests (created_at, id);

-- What the map counts, in the cells that it shows: `axis` names the rows, `key` one of them ('' all of them), policy 0 all
-- policies, `year` a school year (0 all years). Made anew from the threads; may be thrown away.
CREATE TABLE coverage_cells (
  axis         TEXT     NOT NULL CHECK (axis IN ('school_type', 'subject', 'item')),
  year         INTEGER  NOT NULL,
  key          TEXT     NOT NULL,
  policy       INTEGER  NOT NULL,
  practices    INTEGER  NOT NULL,
  questions    INTEGER  NOT NULL,
  answered     INTEGER  NOT NULL,
  minutes      INTEGER,
  bridged      INTEGER  NOT NULL,
  tries        INTEGER  NOT NULL,
  PRIMARY KEY (axis, year, key, policy)
);

-- How far the change feed has been read, and how fresh the cells are.
CREATE TABLE coverage_state (
  id           INTEGER   NOT NULL PRIMARY KEY CHECK (id = 1),
  feed_epoch   UUID      NOT NULL,
  xid          BIGINT    NOT NULL,
  seq          BIGINT    NOT NULL,
  day          DATE      NOT NULL,
  changed_at   TIMESTAMP,
  counted_at   TIMESTAMP,
  claimed_at   TIMESTAMP
);
