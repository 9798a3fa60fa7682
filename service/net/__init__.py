"""The way out: no address is reached that the rules refuse."""
