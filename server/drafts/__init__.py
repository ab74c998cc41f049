"""Check tables being written: drafts that their authors change until they are published.

The same table in three spellings. In the browser: item_form, condition_form. In Excel: sheets writes it, sheets_in reads it,
condition_cell is a condition in a cell. As an XLSForm: xlsform, its rows xlsform_items, its conditions xlsform_relevant,
pyxform's word on it xlsform_check. faults: what reading either file found.
"""
