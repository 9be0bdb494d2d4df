-- Self-checks. `owner_key` is an HMAC over person and school year with a key that is not in this database: no account and no
-- time of writing. School type, experience band and term
-- stand here only where the owner lets the answers be counted, and only until the report of that term is published.
CREATE TABLE self_checks (
  owner_key    TEXT      NOT NULL PRIMARY KEY CHECK (length(owner_key) = 64),
  year         INTEGER   NOT NULL,
  version      TEXT      NOT NULL,
  answers      TEXT      NOT NULL,
  shared       BOOLEAN   NOT NULL,
  term         TEXT,
  school_type  TEXT      CHECK ((school_type IS NULL) = (term IS NULL)),
  band         TEXT      CHECK (band IS NULL OR (band IN ('1', '2-5', '6-10', '11-20', '21-') AND term IS NOT NULL))
);
CREATE INDEX self_checks_by_term ON self_checks (term);
CREATE INDEX self_checks_by_year ON self_checks (year);

-- What the key must give for a known text: a node with another key is refused.
CREATE TABLE mirror_keys (
  id           INTEGER   NOT NULL PRIMARY KEY CHECK (id = 1),
  check_value  TEXT      NOT NULL
);
