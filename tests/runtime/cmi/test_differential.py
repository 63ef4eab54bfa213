"""Whatever content does, the browser's model and the server's give the same answers."""
