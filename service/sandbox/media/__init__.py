"""Callers' media, read: the one place where the bytes of pictures become pixels."""
