"""Installation media: what is on them, and how they get into the installdir. `copycds` types on it."""
