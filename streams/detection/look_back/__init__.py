"""Look-backs: whether whom a case was about relapses, or somebody takes its place."""
