-- Images and files that people have stored. What was stored lies in the object store under a name made from the id alone.
CREATE TABLE attachments (
  id          UUID      PRIMARY KEY,
  owner_id    UUID      NOT NULL REFERENCES accounts (id),
  media_type  TEXT      NOT NULL,
  name        TEXT      NOT NULL,
  bytes       INTEGER   NOT NULL,
  width       INTEGER,
  height      INTEGER,
  alt         TEXT      NOT NULL,
  rights      TEXT      NOT NULL CHECK (rights IN ('own', 'quote', 'licensed')),
  source      TEXT      NOT NULL,
  created_at  TIMESTAMP NOT NULL
);
CREATE INDEX attachments_of_owner ON attachments (owner_id, created_at);

-- In which posts of its owner a file stands or once stood. post_id is the thread's or the reply's.
CREATE TABLE attachment_places (
  attachment_id  UUID      NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
  post_id        UUID      NOT NULL,
  thread_id      UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  at             TIMESTAMP NOT NULL,
  PRIMARY KEY (attachment_id, post_id)
);
CREATE INDEX attachment_places_of_thread ON attachment_places (thread_id);
