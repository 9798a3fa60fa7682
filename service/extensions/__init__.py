"""Extensions: the servers, workflows, models and APIs that the operator added, as data."""
