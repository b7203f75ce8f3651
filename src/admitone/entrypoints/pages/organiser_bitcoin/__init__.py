"""Payments in bitcoin and the nodes behind them, for their organiser."""
