-- What was searched for, counted by the hour. There is no column for who searched, and there shall be none.
CREATE TABLE search_log (
  hour    TIMESTAMP NOT NULL,
  term    TEXT      NOT NULL,
  filters TEXT      NOT NULL,
  times   INTEGER   NOT NULL,
  empty   INTEGER   NOT NULL,
  opened  INTEGER   NOT NULL,
  PRIMARY KEY (hour, term, filters)
);
