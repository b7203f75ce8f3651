"""Transfers at an organiser's bank: statements in, lines to orders, money to send back."""
