-- Whether somebody has sealed a post here, asked by every thread's page: of an index of the few sealed ones, instead of
-- reading each reply of the thread.
CREATE INDEX replies_sealed ON replies (author_id, thread_id) WHERE sealed_as IS NOT NULL;
CREATE INDEX tryouts_sealed ON tryouts (author_id, thread_id) WHERE sealed_as IS NOT NULL;
