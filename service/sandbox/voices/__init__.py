"""Speech: which words are read, in which language, by which voice. One module for each speaking library."""
