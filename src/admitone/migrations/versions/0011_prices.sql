-- Prices: fees, taxes, add-ons, discounts.
SELECT 1;
