"""What runs have called and spent: the ledger of one run, its budget, and the record kept on this machine.

Knows attempts and money; knows nothing of models' answers or of agents beyond their keys.
"""
