DROP TABLE freshness;
DROP TABLE refusals;
DROP TABLE proposals;
DROP TABLE collection_revisions;
DROP TABLE collection_editors;
DROP TABLE collection_items;
DROP TABLE collections;
