"""Where payment providers tell us that something happened."""
