DROP TABLE seal_requests;
DROP INDEX accounts_by_kind;
ALTER TABLE replies DROP COLUMN sealed_as;
ALTER TABLE threads DROP COLUMN sealed_as;
