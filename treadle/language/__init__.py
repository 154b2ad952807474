"""Python source in, ASL out."""
