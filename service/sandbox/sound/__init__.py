"""Sound as numbers: oscillators, filters, rooms and levels for the embedded engine, and WAV files to put it in.

A signal is float32, mono of shape (samples,) or stereo of shape (2, samples), full scale at ±1, at 44,100 Hz.
"""
