-- Bank statements and what their lines are matched with.
SELECT 1;
