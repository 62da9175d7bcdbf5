package main

import "testing"

// Functions are declared, listed and tried at the prompt although there is no Flink, and Tab completes their names.
func TestFunctionsAreTriedAtThePrompt(t *testing.T) {
	s := openShellOf(t, 100, 40, t.TempDir(), append([]string{"FLINK_HOME=/nowhere", "JAVA_HOME=/nowhere"}, plain...))
	s.await(prompt)
	s.press("func Grade(amount float64) string {" + enter)
	s.press(`fmt.Println("saw", amount)` + enter + `if amount > 900 { return "gold" }` + enter + `return "plain"` + enter + "}" + enter)
	s.await(`Grade\(DOUBLE\) → STRING`)
	s.await(prompt)
	s.press(`\try Gr` + "\t")
	s.await("Grade")
	s.press("(950)" + enter)
	s.await(`try Grade: saw 950` + newline)
	s.await(`│ gold +│` + newline)
	s.await(`STRING, [0-9.]+ ms` + newline)
	s.await(prompt)
	s.press(`\try Grade('x');` + enter)
	s.await(`cell\[[0-9]+\]:1:12: argument 1 of Grade is a text, not DOUBLE` + newline)
	s.await(` {13}\^\^\^` + newline + `write 1.5` + newline)
	s.await(prompt)
	s.press(`\try Grade(950) = 'gold'` + enter)
	s.await(`as expected, [0-9.]+ ms` + newline)
	s.await(prompt)
	s.press(`\functions` + enter)
	s.await(`│ Grade\(DOUBLE\) → STRING │ scalar │ cell\[1\]:1 +│ +1 │ +0 │ +NULL │`)
	s.await(prompt)
	s.press("DESCRIBE FUNCTION Grade;" + enter)
	s.await(`│ declared in +│ cell\[1\]:1 +│`)
	s.await(prompt)
	s.press(ctrlD)
	s.ends(0)
}
