DROP INDEX tryouts_sealed;
DROP INDEX replies_sealed;
