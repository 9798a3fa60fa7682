"""Faults at random against a real installation under load, and the books that must agree at the end."""
