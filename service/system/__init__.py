"""The operating system as every process here meets it: background threads, parents that die, file modes, the disk."""
