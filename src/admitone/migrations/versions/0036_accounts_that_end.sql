-- Payments by a connected wallet name the connection they were asked by; that names nobody once its person's account is
-- deleted. It has ended then, and the version before looks for people of connections that have not.
-- squawk-ignore ban-drop-not-null
ALTER TABLE payments_wallet_connection ALTER COLUMN person_id DROP NOT NULL;
