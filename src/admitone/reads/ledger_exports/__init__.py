"""The ledger as files for bookkeepers: what a row is, and a writer for each form. Pure: rows in, bytes out.

A writer is fed: `begin()`, `add(rows)` for each batch, `end()`; each gives the bytes that are ready. So it holds one
batch at a time, however long the period is. `reads/ledger_files.py` feeds them from the database.
"""
