DROP TABLE revisions;
ALTER TABLE threads DROP CONSTRAINT threads_accepted_reply_id_fkey;
DROP TABLE replies;
DROP TABLE thread_labels;
DROP TABLE threads;
