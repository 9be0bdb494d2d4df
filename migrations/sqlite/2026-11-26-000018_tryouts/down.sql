DROP TABLE tryout_notices;
DROP TABLE tryouts;
