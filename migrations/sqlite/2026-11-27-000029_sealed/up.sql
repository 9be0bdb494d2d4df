-- Whether somebody has sealed a post here, asked by every thread's page: of an index of the few sealed ones, instead of
-- reading each reply of the thread.
CREATE INDEX replies_sealed ON replies (author_id, thread_id) WHERE sealed_as IS NOT NULL;
CREATE INDEX tryouts_sealed ON tryouts (author_id, thread_id) WHERE sealed_as IS NOT NULL;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('replies', 'replies_sealed', '20000 20 2'),
  ('tryouts', 'tryouts_sealed', '5000 10 1');
ANALYZE sqlite_schema;
