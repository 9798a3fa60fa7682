"""Where things are kept: the database, its tables and migrations, and the files. Source: design, «Rooms»."""
