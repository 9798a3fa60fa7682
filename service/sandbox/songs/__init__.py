"""Music: what a prompt asks for, a score for it, instruments to play it, and the mix. All of it numbers."""
