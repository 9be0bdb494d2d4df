DROP TABLE attachment_places;
DROP TABLE attachments;
