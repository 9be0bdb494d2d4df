DROP TABLE coverage_state;
DROP TABLE coverage_cells;
DROP TABLE requests;
