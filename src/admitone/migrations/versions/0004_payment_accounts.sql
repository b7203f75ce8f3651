-- Payment accounts, and what orders, holds and lines have to know for money to be taken and given back in parts.
SELECT 1;
