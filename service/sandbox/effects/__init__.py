"""Sound effects by family: each a function of a generator of chance, a length and a shade, found by the words for it.

A family is `make(rng, length, shade) -> Signal`, mono or stereo, at any level: who mixes it sets that.
"""
