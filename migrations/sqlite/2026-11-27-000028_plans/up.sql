-- The job that is due longest, however many were given up.
CREATE INDEX jobs_waiting ON jobs (run_at) WHERE state <> 'dead';

-- What SQLite is to believe of tables that grow: the figures of a forum of 100,000 threads with a year of letters. Without
-- them it takes every column for equally telling, and goes through all visible threads, all labels of a kind or all letters
-- ever sent to find a few. They are written here and not counted, so that a query has one plan from the first thread on, the one that tests see
-- (https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_sqlite_stat_tables). Rows, then rows for one
-- value of the first column, of the first two, and so on.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('threads', 'sqlite_autoindex_threads_1', '100000 1'),
  ('threads', 'sqlite_autoindex_threads_2', '100000 1'),
  ('threads', 'sqlite_autoindex_threads_3', '100000 10'),
  ('threads', 'threads_new', '100000 50000 1 1'),
  ('threads', 'threads_active', '100000 50000 1 1'),
  ('threads', 'threads_by_kind', '100000 33000 30000 1 1'),
  ('threads', 'threads_unanswered', '100000 33000 30000 5000 1 1'),
  ('threads', 'threads_tried', '100000 33000 30000 1000 1'),
  ('threads', 'threads_by_author', '100000 20 1 1'),
  ('threads', 'threads_by_vocabulary', '100000 30000'),
  ('threads', 'threads_by_accepted', '100000 2'),
  ('threads', 'threads_by_duplicate', '100000 100'),
  ('threads', 'threads_by_merged', '100000 100'),
  ('thread_labels', 'sqlite_autoindex_thread_labels_1', '400000 4 2 1'),
  ('thread_labels', 'thread_labels_by_key', '400000 150000 100 1'),
  ('outbox', 'sqlite_autoindex_outbox_1', '2000000 1'),
  ('outbox', 'sqlite_autoindex_outbox_2', '2000000 10000 1'),
  ('outbox', 'outbox_due', '2000000 300000 150000 10'),
  ('outbox', 'outbox_of_account', '2000000 50 1'),
  ('outbox', 'outbox_of_thread', '2000000 20 2 1'),
  ('outbox', 'outbox_by_time', '2000000 100'),
  ('collections', 'sqlite_autoindex_collections_1', '300 1'),
  ('collections', 'sqlite_autoindex_collections_2', '300 1'),
  ('collections', 'collections_by_state', '300 100 1 1'),
  ('collections', 'collections_by_owner', '300 10'),
  ('collection_items', 'sqlite_autoindex_collection_items_1', '3000 10 1'),
  ('collection_items', 'collection_items_of_thread', '3000 2'),
  ('collection_items', 'collection_items_new', '3000 5');
ANALYZE sqlite_schema;
