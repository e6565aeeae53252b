"""The pages about somebody: settings, sessions, wallets, tokens, data."""
