"""Draws charts with matplotlib's object API: no pyplot, no global figure. Loaded only when needed."""
