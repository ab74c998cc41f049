"""Spreadsheets: strangers' ones read in safety as rows of text, and ours begun so that a cell stays what it says."""
