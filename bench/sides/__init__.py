"""One contestant a file; `all_sides` names them all."""
