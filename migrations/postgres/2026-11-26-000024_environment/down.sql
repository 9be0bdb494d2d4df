DROP TABLE environment_steps;
DROP TABLE environment_states;
