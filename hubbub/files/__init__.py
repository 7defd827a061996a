"""Files: uploads into channels, their previews, and how they are served; and avatars, by the same image door."""
