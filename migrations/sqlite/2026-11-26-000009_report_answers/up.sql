-- Reports that a moderator has decided on; those without a row here wait.
CREATE TABLE report_answers (
  report_id     BLOB      NOT NULL PRIMARY KEY REFERENCES reports (id) ON DELETE CASCADE,
  moderator_id  BLOB      NOT NULL REFERENCES accounts (id),
  at            TIMESTAMP NOT NULL
);
CREATE INDEX report_answers_by_moderator ON report_answers (moderator_id);
CREATE INDEX reports_by_time ON reports (created_at, id);
