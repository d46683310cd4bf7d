"""The command on the registry of codes and names."""
