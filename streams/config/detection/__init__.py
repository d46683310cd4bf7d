"""Tables of the configuration on what is judged, beside ``[detect]`` itself."""
