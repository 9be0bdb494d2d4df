-- Groups of words that search takes for one another: every state that a group ever had. Rows are only ever added, so that
-- their number and the last one say whether a list held in memory is still in force; `current` alone changes.
CREATE TABLE synonym_states (
  id         UUID PRIMARY KEY,
  group_id   UUID NOT NULL,
  line       TEXT      NOT NULL,
  note       TEXT      NOT NULL,
  removed    BOOLEAN   NOT NULL,
  current    BOOLEAN   NOT NULL,
  author_id  UUID      REFERENCES accounts (id),
  at         TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX synonym_states_current ON synonym_states (group_id) WHERE current;
CREATE INDEX synonym_states_by_group ON synonym_states (group_id, at);
CREATE INDEX synonym_states_by_author ON synonym_states (author_id);
