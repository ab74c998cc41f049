"""Plans of visits: which facilities, drawn or chosen, who goes, and what became of it.

rules, lots (the algorithm of a draw) decide without a database. Writes: commands (the plan, and visits made on it), assignments
(chosen, handed out, taken back), draws, avoidances; what they all look up first is in lookups. Reads: queries, which return rows;
sheets is the Excel file. forms: what the desk's forms say, as payloads of commands.
"""
