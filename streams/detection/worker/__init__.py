"""The detect process: Faust, the changelog of the state, and when it is stored."""
