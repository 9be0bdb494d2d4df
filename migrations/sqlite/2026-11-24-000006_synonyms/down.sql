DROP TABLE synonym_states;
