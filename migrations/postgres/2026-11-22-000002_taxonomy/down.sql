DROP TABLE schools;
DROP TABLE vocabularies;
