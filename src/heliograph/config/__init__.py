"""Settings, addresses and servers: the only part that knows every other one."""
