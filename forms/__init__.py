"""What people see: templates, pages as plain values, and pictures with their tables."""
