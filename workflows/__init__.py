"""The workflows of the reference application, one file for each purpose."""
