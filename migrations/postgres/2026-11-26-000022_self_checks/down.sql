DROP TABLE mirror_keys;
DROP TABLE self_checks;
