DROP TABLE desk_state;
DROP TABLE desk_pairs;
DROP TABLE desk_items;
