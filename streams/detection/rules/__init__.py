"""What rule packs count: one evaluator for each kind of rule, and the judge that asks them."""
