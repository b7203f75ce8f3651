"""Admit One: ticketing an organiser can own.

Every place is sold once, every payment is counted once, every ticket is admitted once. The floors of the
package and what may import what are described in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
