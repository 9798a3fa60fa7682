"""The way out: no address is reached that the rules refuse. Source: contract, section 4."""
