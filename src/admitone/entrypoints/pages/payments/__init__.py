"""The organiser's payments: accounts with providers, and whether play money or real money is taken."""
