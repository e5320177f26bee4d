"""From attributes to tables: what it takes to create, change, rename and remove objects. `xcatd.objects.changes` is its face."""
