-- One row per loaded version of the city's plan and vocabulary; a thread keeps the version it was tagged with.
CREATE TABLE vocabularies (
  id         BLOB      NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  plan       TEXT      NOT NULL,
  version    TEXT      NOT NULL,
  document   TEXT      NOT NULL,
  digest     TEXT      NOT NULL,
  current    BOOLEAN   NOT NULL,
  loaded_at  TIMESTAMP NOT NULL,
  CONSTRAINT vocabularies_digest_key UNIQUE (digest)
);
CREATE UNIQUE INDEX vocabularies_current ON vocabularies (current) WHERE current;

-- Schools open, merge and close every April.
CREATE TABLE schools (
  slug         TEXT NOT NULL PRIMARY KEY,
  name         TEXT NOT NULL,
  school_type  TEXT NOT NULL,
  valid_from   DATE,
  valid_to     DATE
);
