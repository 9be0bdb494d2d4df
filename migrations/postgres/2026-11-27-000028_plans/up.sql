-- The job that is due longest, however many were given up.
CREATE INDEX jobs_waiting ON jobs (run_at) WHERE state <> 'dead';
