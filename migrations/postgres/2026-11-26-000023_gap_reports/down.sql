DROP TABLE gap_reports;
