ALTER TABLE revisions DROP COLUMN withheld;
