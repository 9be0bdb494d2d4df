DROP TABLE site_notices;
