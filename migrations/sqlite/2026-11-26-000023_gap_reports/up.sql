-- What was published of a closed term, and nothing else: the figures that readers see, never what they were made from.
-- Written once.
CREATE TABLE gap_reports (
  term          TEXT      NOT NULL PRIMARY KEY,
  document      TEXT      NOT NULL,
  published_at  TIMESTAMP NOT NULL
);
