-- Promo codes and what was redeemed.
SELECT 1;
