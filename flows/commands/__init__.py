"""The commands of `cin`, a module for each thing it is about."""
