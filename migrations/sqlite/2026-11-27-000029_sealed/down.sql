DELETE FROM sqlite_stat1 WHERE idx IN ('replies_sealed', 'tryouts_sealed');
DROP INDEX tryouts_sealed;
DROP INDEX replies_sealed;
