"""Counters, histograms and traces of the service's processes."""
