"""How fast, beside what the machine allows: `python -m benchmarks`. One JSON line per figure; none is a test."""
