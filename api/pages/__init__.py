"""Pages: HTML, and the pictures and files that belong to them."""
