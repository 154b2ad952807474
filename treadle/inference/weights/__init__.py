"""The embedding model that ships with Treadle: all-MiniLM-L6-v2, int8 per row; `build.py` makes it."""
