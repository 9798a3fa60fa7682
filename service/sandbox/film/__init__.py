"""The film kit: `camera` moves over stills, `air` drifts through them, `bed` sounds under them, `clips` reads a
caller's clip, `writer` writes H.264. Everything goes frame by frame, so that memory does not grow with length.
"""
