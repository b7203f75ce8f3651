"""BANK STATEMENTS. Owns imported statements and what each line of them is matched with."""
