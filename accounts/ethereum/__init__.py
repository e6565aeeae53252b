"""Sign-in by wallet: the EIP-4361 text, the question that is asked once, the signature. Never EIP-712."""
