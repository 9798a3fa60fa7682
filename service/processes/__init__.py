"""The processes of the service: worker, deliverer, sweeper, and the supervisor that keeps them running."""
