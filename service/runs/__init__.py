"""The life of a run: accepted, claimed, worked on step by step, ended."""
