"""JSON for programs, and the checks of operations."""
