"""Servers of tools that speak the Model Context Protocol: started or reached, kept, and never left behind."""
