"""Workbooks read in processes of their own, with limits: what a file from outside can do there, it does to nobody.

``reading`` hands the cells of a sheet on as text, ``scanning`` looks at what the cells alone do not tell. Both are
started by :mod:`custinsight.ingest.readers_sheet` with ``python -m`` and import next to nothing, so that they are quick
to start; they open one file for reading and write to one pipe.
"""
