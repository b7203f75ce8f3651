-- Receipts have a counterpart when money goes back. Looser than before, so no row can break them; 0021 says so.
-- squawk-ignore ban-drop-constraint
ALTER TABLE invoices_document DROP CONSTRAINT ck_invoices_document_kind;

ALTER TABLE invoices_document ADD CONSTRAINT ck_invoices_document_kind
    CHECK (kind IN ('invoice', 'credit_note', 'receipt', 'refund_receipt')) NOT VALID;

-- squawk-ignore ban-drop-constraint
ALTER TABLE invoices_document DROP CONSTRAINT ck_invoices_document_credit_note_cancels;

ALTER TABLE invoices_document ADD CONSTRAINT ck_invoices_document_credit_note_cancels
    CHECK ((kind IN ('credit_note', 'refund_receipt')) = (cancels_id IS NOT NULL)) NOT VALID;
