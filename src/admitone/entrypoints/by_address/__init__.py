"""Where wallets and other providers ask to pay by address: LNURL, Lightning Addresses, UMA."""
