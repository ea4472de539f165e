"""Running the service: checks, backups, logs, encrypted answers.

This module imports nothing, because the tables need `workflow.operations.sealing`.
"""
