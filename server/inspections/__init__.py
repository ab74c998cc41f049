"""Visits: what was checked on site, by whom, with what result, arriving whole and once.

Three ways into the record, each a command: commands (from a phone), papers (entered from paper), amendments; taking is what they
share. Decided without a database: rules, changes (what an amendment changed). On the desk: typed is a form's answers and findings,
entering the form of a paper visit, said the answers in words.
"""
