DROP TABLE marks;
DROP TABLE reports;
DROP TABLE audit_log;
