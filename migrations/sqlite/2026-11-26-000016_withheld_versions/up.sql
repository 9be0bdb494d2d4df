-- Versions from before a post was put right while it was out of sight: for its author and moderators alone.
ALTER TABLE revisions ADD COLUMN withheld BOOLEAN NOT NULL DEFAULT FALSE;
