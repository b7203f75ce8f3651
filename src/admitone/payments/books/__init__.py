"""What providers' own books say, line by line; runs that hold ours against them; what of it waits for a person.

Belongs to the slice around it, whose front door re-exports it.
"""
