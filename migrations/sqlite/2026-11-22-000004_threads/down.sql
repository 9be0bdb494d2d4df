UPDATE threads SET accepted_reply_id = NULL;
DROP TABLE revisions;
UPDATE replies SET quote_of = NULL;
DROP TABLE replies;
DROP TABLE thread_labels;
DROP TABLE threads;
