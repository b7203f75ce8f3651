-- Checks that 0020 loosened on a filled table.
ALTER TABLE invoices_document VALIDATE CONSTRAINT ck_invoices_document_kind;
ALTER TABLE invoices_document VALIDATE CONSTRAINT ck_invoices_document_credit_note_cancels;
