"""The statement browser: people look at what the store holds."""
