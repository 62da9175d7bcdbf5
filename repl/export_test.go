package repl

// Update is set to write anew what tests make: golden files, and pages in docs.
var Update = update
