"""批量办理: problems chosen together from a list, frozen, and one act taken with all of them: checked row by row, done, undone as far as nobody worked on them since.

The acts are the single ones' own commands (problems.assign, problems.set_due, notices.issue). work: the server's own walk through the parts.
"""
