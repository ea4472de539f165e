"""Prefect flows and the command line: the edges that start things. Business rules live in `workflow`."""

from flows import prefect_defaults  # noqa: F401 - before any module here imports Prefect
