DROP TABLE recommendations;
DROP TABLE notices;
DROP TABLE outbox;
DROP TABLE digest_items;
DROP TABLE digest_issues;
DROP TABLE mail_settings;
