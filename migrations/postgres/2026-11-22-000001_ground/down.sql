DROP TABLE jobs;
DROP TABLE change_feed;
DROP TABLE forum_state;
