"""The web app: the progress page, its pictures and its numbers."""
