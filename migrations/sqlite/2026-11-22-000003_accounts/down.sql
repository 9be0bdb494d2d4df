DROP TABLE idempotency_keys;
DROP TABLE mail_links;
DROP TABLE sessions;
DROP TABLE accounts;
