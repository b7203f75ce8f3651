"""Words everyone may use: money, currencies, ids, time, refusals, who is asking, addresses, cursors.

Pure Python on the standard library: no input or output, no ticketing rules. The lowest floor of the house, so
it imports nothing of ours. Import the module that has the word you need: `from admitone.values.money import
Money`.
"""
