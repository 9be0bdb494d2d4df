-- What trainers gather: threads in an order, each with what they say of it, for whom and about what. `owner_id` began it;
-- others write in it with them. Who wrote it is shown by their role alone.
CREATE TABLE collections (
  id                UUID NOT NULL PRIMARY KEY,
  short_code        TEXT      NOT NULL,
  owner_id          UUID      NOT NULL REFERENCES accounts (id),
  state             TEXT      NOT NULL CHECK (state IN ('draft', 'published', 'withdrawn')),
  title             TEXT      NOT NULL,
  cover             TEXT      NOT NULL,
  cover_html        TEXT      NOT NULL,
  renderer_version  INTEGER   NOT NULL,
  policy            INTEGER   NOT NULL,
  other_policy      INTEGER,
  school_types      TEXT      NOT NULL,
  experience        TEXT      NOT NULL,
  training_form     TEXT      CHECK (training_form IN ('online', 'visit', 'gathering')),
  training_on       DATE,
  training_place    TEXT,
  revision          INTEGER   NOT NULL,
  created_at        TIMESTAMP NOT NULL,
  updated_at        TIMESTAMP NOT NULL,
  published_at      TIMESTAMP,
  CONSTRAINT collections_short_code_key UNIQUE (short_code)
);
CREATE INDEX collections_by_state ON collections (state, updated_at, id);
CREATE INDEX collections_by_owner ON collections (owner_id);

CREATE TABLE collection_items (
  collection_id  UUID      NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  thread_id      UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  place          INTEGER   NOT NULL,
  comment        TEXT      NOT NULL,
  added_at       TIMESTAMP NOT NULL,
  PRIMARY KEY (collection_id, thread_id)
);
CREATE INDEX collection_items_of_thread ON collection_items (thread_id);
CREATE INDEX collection_items_new ON collection_items (added_at);

-- Who writes in it beside its owner.
CREATE TABLE collection_editors (
  collection_id  UUID      NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  account_id     UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  at             TIMESTAMP NOT NULL,
  PRIMARY KEY (collection_id, account_id)
);
CREATE INDEX collection_editors_of_account ON collection_editors (account_id);

-- Every version of it, the present one included, as a document.
CREATE TABLE collection_revisions (
  collection_id  UUID      NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  number         INTEGER   NOT NULL,
  editor_id      UUID      NOT NULL REFERENCES accounts (id),
  document       TEXT      NOT NULL,
  written_at     TIMESTAMP NOT NULL,
  PRIMARY KEY (collection_id, number)
);
CREATE INDEX collection_revisions_by_editor ON collection_revisions (editor_id);

-- Threads that somebody wants trainers to recommend; one open proposal a person and thread.
CREATE TABLE proposals (
  id           UUID NOT NULL PRIMARY KEY,
  thread_id    UUID      NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
  proposer_id  UUID      NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  reason       TEXT      NOT NULL,
  state        TEXT      NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'refused')),
  answer       TEXT      NOT NULL DEFAULT '',
  trainer_id   UUID      REFERENCES accounts (id),
  created_at   TIMESTAMP NOT NULL,
  decided_at   TIMESTAMP
);
CREATE UNIQUE INDEX proposals_open ON proposals (thread_id, proposer_id) WHERE state = 'open';
CREATE INDEX proposals_by_state ON proposals (state, created_at, id);
CREATE INDEX proposals_of_thread ON proposals (thread_id, state);
CREATE INDEX proposals_by_proposer ON proposals (proposer_id, created_at);
CREATE INDEX proposals_by_trainer ON proposals (trainer_id);

-- Threads whose authors want them neither recommended nor gathered.
CREATE TABLE refusals (
  thread_id  UUID      NOT NULL PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
  at         TIMESTAMP NOT NULL
);

-- How far what trainers have chosen still holds: what it was checked with, and when it is to be looked at again. `curated`
-- says whether it is recommended or stands in a published collection at present.
CREATE TABLE freshness (
  thread_id    UUID      NOT NULL PRIMARY KEY REFERENCES threads (id) ON DELETE CASCADE,
  curated      BOOLEAN   NOT NULL,
  state        TEXT      NOT NULL CHECK (state IN ('fresh', 'asked', 'changed', 'outdated')),
  os_version   TEXT      NOT NULL,
  app_version  TEXT      NOT NULL,
  checked_on   DATE      NOT NULL,
  review_on    DATE      NOT NULL,
  reason       TEXT      NOT NULL DEFAULT '',
  trainer_id   UUID      REFERENCES accounts (id),
  at           TIMESTAMP NOT NULL
);
CREATE INDEX freshness_due ON freshness (curated, review_on, thread_id);
CREATE INDEX freshness_by_state ON freshness (state, review_on, thread_id);
CREATE INDEX freshness_by_trainer ON freshness (trainer_id);

-- What was recommended before is to be looked at a year after that.
INSERT INTO freshness (thread_id, curated, state, os_version, app_version, checked_on, review_on, at)
  SELECT thread_id, TRUE, 'fresh', '', '', at::date, (at + interval '1 year')::date, at FROM recommendations;
