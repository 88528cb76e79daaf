"""The card before the first chapter."""
