"""What consoles say, on the disk: recorded with its times, and read again."""
