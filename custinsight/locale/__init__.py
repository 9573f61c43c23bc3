"""The catalogues: one .po file for each language besides English."""
