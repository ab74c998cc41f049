"""Spreadsheets: strangers' ones read in safety (reading, confined) as rows of text, and ours begun (writing) so that a cell stays what it says."""
