"""Where dispatches are opened, and every opening there."""
