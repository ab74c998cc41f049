"""文书: what a record is on paper. A wing says once what stands on its paper (rules.py); it is printed from a page, or handed out as PDF (pdf.py, paper.typ) or Word (word.py).

press.py: where papers are made, beside the loop; fonts.py: what a PDF can be set in.
"""
