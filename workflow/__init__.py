"""The domain: plain Python, SQLModel, pandas and NumPy; no web, template or orchestration framework."""
