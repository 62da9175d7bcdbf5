package repl

// Update is set to rewrite what tests generate: golden files, and pages in docs.
var Update = update
