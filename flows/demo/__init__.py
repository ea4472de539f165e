"""The demonstration: a synthetic council, worked through to a day by simulated people.

Everything goes the way it goes in earnest: files are written and imported, reviews are allocated by the
allocator and changed by the use cases, forms are filled in and parsed. Only the people are made up.
"""
