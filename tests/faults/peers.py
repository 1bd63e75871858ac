"""x"""


def print_peers() -> None:
    """x"""
