DROP TABLE sqlite_stat1;
DROP INDEX jobs_waiting;
