"""Proofs about a feed: its Merkle tree, signed checkpoints, and the keys that sign them."""
