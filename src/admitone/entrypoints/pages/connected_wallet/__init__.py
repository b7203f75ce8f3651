"""A person's connected wallet (Nostr Wallet Connect): connect, look, disconnect, pay an order with it."""
