DROP INDEX reports_by_time;
DROP TABLE report_answers;
