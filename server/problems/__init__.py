"""Problems: one record each, seen as three lists, moved by a workflow (workflow.py) until it is closed.

commands.py: what visits and ledgers record. moves.py: the bureau's steps, and how any step is judged. facility.py: the facility's. rechecks.py: re-checks made on
site. assigning.py: who answers, by when. extensions.py: more time. flags.py: special supervision and referral. drawing.py: the workflow as docs show it.
"""
