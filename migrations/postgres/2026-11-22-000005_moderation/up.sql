-- Who did what to whose post, and why. Rows are only ever added.
CREATE TABLE audit_log (
  id         UUID PRIMARY KEY,
  actor_id   UUID      NOT NULL REFERENCES accounts (id),
  action     TEXT      NOT NULL,
  thread_id  UUID      REFERENCES threads (id),
  reply_id   UUID      REFERENCES replies (id),
  person_id  UUID      REFERENCES accounts (id),
  reason     TEXT      NOT NULL,
  at         TIMESTAMP NOT NULL
);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, at);
CREATE INDEX audit_log_by_thread ON audit_log (thread_id, at);
CREATE INDEX audit_log_by_reply ON audit_log (reply_id, at);
CREATE INDEX audit_log_by_person ON audit_log (person_id, at);

CREATE TABLE reports (
  id           UUID PRIMARY KEY,
  reporter_id  UUID      NOT NULL REFERENCES accounts (id),
  thread_id    UUID      NOT NULL REFERENCES threads (id),
  reply_id     UUID      REFERENCES replies (id),
  reason       TEXT      NOT NULL CHECK (reason IN ('personal_data', 'copyright', 'rude', 'wrong', 'advertising', 'other')),
  detail       TEXT      NOT NULL,
  created_at   TIMESTAMP NOT NULL
);
CREATE INDEX reports_by_reporter ON reports (reporter_id, created_at);
CREATE INDEX reports_by_thread ON reports (thread_id, created_at);
CREATE INDEX reports_by_reply ON reports (reply_id);

-- What one person says of one post: helpful, want_to_try, bookmark, follow. Bookmarks and follows are only the owner's business.
CREATE TABLE marks (
  account_id  UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  post_id     UUID      NOT NULL,
  thread_id   UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  kind        TEXT      NOT NULL CHECK (kind IN ('helpful', 'want_to_try', 'bookmark', 'follow')),
  at          TIMESTAMP NOT NULL,
  PRIMARY KEY (account_id, post_id, kind)
);
CREATE INDEX marks_of_post ON marks (post_id, kind);
CREATE INDEX marks_of_thread ON marks (thread_id);
