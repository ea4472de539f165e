"""Prefect flows and the command line: the edges that start things. Business rules live in `workflow`."""
