ALTER TABLE revisions DROP COLUMN practice;
DROP TABLE finished_practices;
DROP TABLE drafts;
