"""Images that nodes boot without a disk: genimage, packimage, liteimg and geninitrd (docs/diskless.md)."""
