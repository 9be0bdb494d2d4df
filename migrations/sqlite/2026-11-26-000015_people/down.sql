DROP TABLE feed_keys;
DROP TABLE invitations;
ALTER TABLE accounts DROP COLUMN closed_at;
ALTER TABLE accounts DROP COLUMN shown;
ALTER TABLE accounts DROP COLUMN experience;
ALTER TABLE accounts DROP COLUMN tools;
