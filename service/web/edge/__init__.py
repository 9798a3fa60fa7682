"""The edge of a web process: connections, deadlines and bodies on one event loop, before any request thread.

A connection that stalls, drips or reads slowly is the loop's alone: a thread runs the application once a request is
there whole, and is free again before its answer is sent. Files are sent by the loop from where they are stored.
"""
