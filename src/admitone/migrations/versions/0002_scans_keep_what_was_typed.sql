-- The first letters of what was presented and is no ticket of ours, so that the door can say what it was.
ALTER TABLE checkin_scan ADD COLUMN presented TEXT;
