package golang

import (
	"slices"
	"testing"

	"riffle/udfhost/guest"
)

// checkCell type-checks a cell. Nothing is compiled.
func checkCell(t testing.TB, s *Store, text string) (*checked, *Cell) {
	t.Helper()
	m, err := s.machine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cell := &Cell{Name: "cell[1]", Line: 1, Text: text}
	declarations, specs, err := cell.parse()
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	imports, err := s.withImports(t.Context(), m, specs)
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]string{}
	for _, spec := range specs {
		own[spec.name] = spec.path
	}
	for _, d := range declarations {
		d.imports = own
		if err := d.findSelected(m.checker.files); err != nil {
			t.Fatal(err)
		}
	}
	checked, err := m.checker.check(t.Context(), declarations, cell, imports)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return checked, cell
}

// reasons returns why the functions of a cell are not deterministic, or "" for those that are.
func reasons(t *testing.T, s *Store, text string) map[string]string {
	t.Helper()
	checked, cell := checkCell(t, s, text)
	functions, _, err := checked.functions(cell)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	found := map[string]string{}
	for _, f := range functions {
		found[f.Name] = f.Nondeterministic
	}
	return found
}

func TestDeterminism(t *testing.T) {
	s := newStore(t, guest.Options{})
	for _, test := range []struct{ text, want string }{
		// Calls of a function.
		{"func F(x int) int { return x + 1 }", ""},
		{"func F(s string) string { return strings.ToUpper(s) + fmt.Sprint(len(s)) }", ""},
		{"func F(x int64) int64 { return rand.Int64N(x) }", "it calls math/rand/v2.Int64N"},
		{"import \"math/rand\"\nfunc F(x int) int { return rand.Intn(x) }", "it calls math/rand.Intn"},
		{"func F() string { return rand.Text() }", "it calls crypto/rand.Text"},
		{"func F() int64 { return time.Now().Unix() }", "it calls time.Now"},
		{"func F(t time.Time) float64 { return time.Since(t).Hours() }", "it calls time.Since"},
		{"func F() int64 { f := time.Now; return f().Unix() }", "it calls time.Now"},
		{"func F() int { return os.Getpid() }", "it calls os.Getpid"},
		{"func F() int { return runtime.NumGoroutine() }", "it calls runtime.NumGoroutine"},
		{"func F(s string) int64 { return int64(maphash.String(maphash.MakeSeed(), s)) }", "it calls hash/maphash.String"},
		{"func F(t time.Time) string { return t.Add(time.Hour).Format(time.RFC3339) }", ""},
		{"func F(d riffle.Date) riffle.Decimal { return riffle.NewDecimal(int64(d.Year), 0) }", ""},
		{"func F(seed int64) int64 { return rand.New(rand.NewPCG(uint64(seed), 1)).Int64N(10) }", ""},
		{"func F(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }", ""},
		{"func F(s string) int64 { h := fnv.New64a(); h.Write([]byte(s)); return int64(h.Sum64()) }", ""},
		{"func F(x int) string { fmt.Println(x); log.Print(x); fmt.Fprintln(os.Stderr, x); return \"\" }", ""},
		{"func F(s string) (float64, error) { return strconv.ParseFloat(s, 64) }", ""},
		{"func F(s string) string { u, err := url.Parse(s); if err != nil { return \"\" }; return u.Host }", ""},
		{"func F(s string) string { return net.ParseIP(s).String() }", ""},
		{"func F(s string) string { a, _ := net.LookupHost(s); return strings.Join(a, \" \") }", "it calls net.LookupHost"},
		{"func F(x int) string { return fmt.Sprintf(\"%p\", &x) }", "it prints an address"},
		{"type p struct{ n *int }\nfunc F(x int) string { return fmt.Sprint(p{&x}) }", "it prints an address"},
		{"type p struct{ n int }\nfunc F(x int) string { return fmt.Sprint(&p{x}) }", ""},
		{"import \"unsafe\"\nfunc F(x int) int64 { return int64(uintptr(unsafe.Pointer(&x))) }", "it uses an address as a number"},

		// What that calls.
		{"func F() int64 { return now() }\nfunc now() int64 { return later(1) }\nfunc later(d int64) int64 { return time.Now().Unix() + d }",
			"it calls now, which calls later, which calls time.Now"},
		{"func F(x int64) int64 { if x > 0 { return F(x - 1) }; return 0 }", ""},
		{"func F(x int64) int64 { return dice{6}.roll() }\ntype dice struct{ n int64 }\nfunc (d dice) roll() int64 { return rand.Int64N(d.n) }",
			"it calls dice.roll, which calls math/rand/v2.Int64N"},
		{"type shape interface{ area() float64 }\ntype square struct{}\nfunc (square) area() float64 { return rand.Float64() }\nfunc F() float64 { var s shape = square{}; return s.area() }",
			"it calls square.area, which calls math/rand/v2.Float64"},
		{"type id int\nfunc (i id) String() string { return time.Now().String() }\nfunc F(x int) string { return fmt.Sprint(id(x)) }",
			"it calls id.String, which calls time.Now"},
		{"type id int\nfunc (i id) String() string { return strconv.Itoa(int(i)) }\nfunc F(x int) string { return fmt.Sprint(id(x)) }", ""},
		{"func twice(f func() int64) int64 { return f() + f() }\nfunc F() int64 { return twice(rand.Int64) }\nfunc G() int64 { return twice(func() int64 { return 1 }) }",
			"it calls math/rand/v2.Int64"},
		{"func pick[T any](a []T) T { return a[rand.IntN(len(a))] }\nfunc F(s string) string { return pick(strings.Fields(s)) }",
			"it calls pick, which calls math/rand/v2.IntN"},
		{"var dice = map[string]func() int64{\"a\": rand.Int64}\nfunc F(s string) int64 { return dice[s]() }",
			"it uses the variable dice, whose initializer calls math/rand/v2.Int64"},
		{"var begun = time.Now()\nfunc F() int64 { return begun.Unix() }", "it uses the variable begun, whose initializer calls time.Now"},
		{"var begun time.Time\nfunc init() { begun = time.Now() }\nfunc F() int64 { return begun.Unix() }",
			"it uses the variable begun, whose initializer calls time.Now"},
		{"var lazy = sync.OnceValue(func() int64 { return time.Now().Unix() })\nfunc F() int64 { return lazy() }",
			"it uses the variable lazy, whose initializer calls time.Now"},

		// Directives.
		{"//riffle:nondeterministic\nfunc F() int { return 1 }", "a directive says so"},
		{"//riffle:deterministic\nfunc F() int64 { return time.Now().Unix() }", ""},
		{"// F is.\n//riffle:result DECIMAL(3, 1)\n//riffle:deterministic\nfunc F() riffle.Decimal { return riffle.NewDecimal(time.Now().Unix(), 0) }", ""},
		{"//riffle:deterministic\nfunc now() int64 { return time.Now().Unix() }\nfunc F() int64 { return now() }", ""},
		{"//riffle:nondeterministic\nfunc now() int64 { return 1 }\nfunc F() int64 { return now() }", "it calls now, which is not deterministic by a directive"},

		// Order.
		{"func F(m map[string]int64) string { for k := range m { return k }; return \"\" }", "it ranges over a map"},
		{"func F(m map[string]int64) int { n := 0; for range m { n++ }; return n }", ""},
		{"type set map[string]int64\nfunc F(m map[string]int64) string { for k, _ := range set(m) { return k }; return \"\" }", "it ranges over a map"},
		{"func first[M ~map[K]V, K comparable, V any](m M) K { for k := range m { return k }; panic(0) }\nfunc F(m map[string]int64) string { return first(m) }",
			"it calls first, which ranges over a map"},
		{"func F(m map[string]int64) string { for k := range maps.Keys(m) { return k }; return \"\" }", "it calls maps.Keys"},
		{"func F(m map[string]int64) string { return strings.Join(slices.Sorted(maps.Keys(m)), \" \") }", ""},
		{"func F(m map[string]int64) []string { return slices.Collect(maps.Keys(m)) }", "it calls maps.Keys"},
		{"func F(m map[string]int64, k string) int64 { delete(m, k); return int64(len(m)) + m[\"a\"] }", ""},
		{"func F() int { a, b := make(chan int, 1), make(chan int, 1); a <- 1; b <- 2; select { case x := <-a: return x; case x := <-b: return x } }",
			"it selects between channels"},
		{"func F() int { c := make(chan int); go func() { c <- 1 }(); return <-c }", "it starts a goroutine"},

		// Package variables that stay as they are.
		{"var limits = map[string]int64{\"a\": 1}\nfunc F(s string) int64 { return limits[s] }", ""},
		{"var word = regexp.MustCompile(`\\w+`)\nfunc F(s string) bool { return word.MatchString(s) }", ""},
		{"var names = strings.Fields(\"a b\")\nfunc F(s string) bool { return slices.Contains(names, s) && strings.Join(names, \"\") != \"\" }", ""},
		{"var limits map[string]int64\nfunc init() { limits = map[string]int64{}; limits[\"a\"] = 1 }\nfunc F(s string) int64 { return limits[s] }", ""},
		{"func build() map[string]int64 { m := map[string]int64{}; for i := range 9 { m[strconv.Itoa(i)] = 1 }; return m }\nvar table = build()\nfunc F(s string) int64 { return table[s] }", ""},
		{"var config = struct{ n int64 }{1}\nfunc F() int64 { c := config; c.n++; return c.n }", ""},
		{"var lines = []string{\"b\", \"a\"}\nfunc F() string { l := slices.Clone(lines); return l[0] }", ""},
		{"type p struct{ x int64 }\nfunc (q *p) get() int64 { return q.x }\nvar one = &p{1}\nfunc F() int64 { return one.get() }", ""},
		{"var zone, _ = time.LoadLocation(\"Asia/Tokyo\")\nfunc F(t time.Time) string { return t.In(zone).Format(\"15\") }", ""},
		{"var top = big.NewInt(9)\nfunc F(x int64) bool { return big.NewInt(x).Cmp(top) > 0 }", ""},
		{"func F(s string) string { var b strings.Builder; b.WriteString(s); return b.String() }", ""},
		{"var twice = func(x int64) int64 { y := x; y += x; return y }\nfunc F(x int64) int64 { return twice(x) }", ""},

		// Functions that are not deterministic.
		{"var calls int64\nfunc F() int64 { calls++; return calls }", "it changes the variable calls"},
		{"var calls int64\nfunc Reset() int64 { calls = 0; return 0 }\nfunc F() int64 { return calls }", "it uses the variable calls, which Reset changes"},
		{"var calls int64\nfunc next() int64 { calls += 1; return calls }\nfunc F() int64 { return next() }", "it calls next, which changes the variable calls"},
		{"var seen = map[string]bool{}\nfunc F(s string) bool { was := seen[s]; seen[s] = true; return was }", "it changes the variable seen"},
		{"var last [2]int64\nfunc F(x int64) int64 { l := last[0]; last[0] = x; return l }", "it changes the variable last"},
		{"var config struct{ n int64 }\nfunc F() int64 { config.n++; return config.n }", "it changes the variable config"},
		{"var calls int64\nfunc F() int64 { p := &calls; *p++; return calls }", "it changes the variable calls"},
		{"var calls int64\nfunc bump(p *int64) { *p++ }\nfunc F() int64 { bump(&calls); return calls }", "it uses the variable calls, which bump changes"},
		{"var seen = map[string]int64{}\nfunc F(s string) int64 { m := seen; m[s]++; return m[s] }", "it changes the variable seen"},
		{"var seen = map[string]int64{}\nfunc all() map[string]int64 { return seen }\nfunc F(s string) int64 { all()[s]++; return 1 }", "it calls all, which uses the variable seen, which F changes"},
		{"type counter struct{ n int64 }\nfunc (c *counter) next() int64 { c.n++; return c.n }\nvar rows counter\nfunc F() int64 { return rows.next() }",
			"it uses the variable rows, which next changes"},
		{"type counter struct{ n int64 }\nfunc (c *counter) next() int64 { c.n++; return c.n }\nvar next = (&counter{}).next\nfunc F() int64 { return next() }",
			"it uses the variable next, which next changes"},
		{"type seq interface{ next() int64 }\ntype counter struct{ n int64 }\nfunc (c *counter) next() int64 { c.n++; return c.n }\nvar rows seq = &counter{}\nfunc F() int64 { return rows.next() }",
			"it uses the variable rows, which next changes"},
		{"var calls atomic.Int64\nfunc F() int64 { return calls.Add(1) }", "it changes the variable calls"},
		{"var calls int64\nfunc F() int64 { return atomic.AddInt64(&calls, 1) }", "it changes the variable calls"},
		{"var dice = rand.New(rand.NewPCG(1, 2))\nfunc F() int64 { return dice.Int64() }", "it changes the variable dice"},
		{"var roll = rand.New(rand.NewPCG(1, 2)).Int64\nfunc F() int64 { return roll() }", "it uses the variable roll, which roll changes"},
		{"var lines = []string{\"b\", \"a\"}\nfunc F() string { sort.Strings(lines); return lines[0] }", "it changes the variable lines"},
		{"var lines = []string{\"b\", \"a\"}\nfunc F() string { l := lines[:]; slices.Reverse(l); return lines[0] }", "it changes the variable lines"},
		{"var next = func() func() int64 { n := int64(0); return func() int64 { n++; return n } }()\nfunc F() int64 { return next() }",
			"it uses the variable next, which next changes"},
		{"func counter() func() int64 { n := int64(0); return func() int64 { n++; return n } }\nvar next = counter()\nfunc F() int64 { return next() }",
			"it uses the variable next, which next changes"},
		{"var ids = make(chan int64, 9)\nfunc F() int64 { ids <- 1; return <-ids }", "it changes the variable ids"},
		{"var mu sync.Mutex\nvar calls int64\nfunc F() int64 { mu.Lock(); defer mu.Unlock(); calls++; return calls }", "it changes the variable calls"},
		{"var mu sync.Mutex\nfunc F() int64 { mu.Lock(); defer mu.Unlock(); return 1 }", ""},
		{"var once sync.Once\nvar table map[string]int64\nfunc F(s string) int64 { once.Do(func() { table = map[string]int64{} }); return table[s] }", "it changes the variable table"},
		{"type node struct{ next *node; n int64 }\nvar head = &node{}\nfunc F() int64 { n := head; n.n++; return n.n }", "it changes the variable head"},
		{"type node struct{ next *node; n int64 }\nvar head = &node{}\nfunc F() int64 { for n := head; n != nil; n = n.next { n.n = 1 }; return 1 }", "it changes the variable head"},
		{"var buf bytes.Buffer\nfunc F(s string) string { fmt.Fprint(&buf, s); return buf.String() }", "it changes the variable buf"},
		{"var x, y int64\nfunc F() int64 { x, y = y, x+1; return x }", "it changes the variable x"},
		{"var seen = map[string]int64{}\nfunc each(m map[string]int64, f func(map[string]int64)) { f(m) }\nfunc F() int64 { each(seen, func(m map[string]int64) { m[\"a\"]++ }); return 1 }",
			"it changes the variable seen"},

		// Roundabout.
		{"type dice struct{ *rand.Rand }\nvar d = dice{rand.New(rand.NewPCG(1, 2))}\nfunc F() int64 { return d.Int64() }", "it changes the variable d"},
		{"type stack[T any] struct{ all []T }\nfunc (s *stack[T]) push(x T) int { s.all = append(s.all, x); return len(s.all) }\nvar s stack[int]\nfunc F(x int) int { return s.push(x) }",
			"it uses the variable s, which push changes"},
		{"type stack[T any] struct{ all []T }\nfunc (s *stack[T]) push(x T) int { s.all = append(s.all, x); return len(s.all) }\nfunc F(x int) int { var s stack[int]; return s.push(x) }", ""},
		{"type counter struct{ n int64 }\nfunc (c *counter) next() int64 { c.n++; return c.n }\nvar c counter\nfunc F() int64 { return (*counter).next(&c) }",
			"it uses the variable c, which next changes"},
		{"type counter struct{ n int64 }\nfunc (c *counter) next() int64 { c.n++; return c.n }\ntype outer struct{ counter }\nvar c outer\nfunc F() int64 { return c.next() }",
			"it uses the variable c, which next changes"},
		{"var a, b = pair()\nfunc pair() (int64, int64) { return time.Now().Unix(), 2 }\nfunc F() int64 { return b }",
			"it uses the variable b, whose initializer calls pair, which calls time.Now"},
		{"var hooks struct{ f func() int64 }\nfunc Set() int64 { hooks.f = rand.Int64; return 0 }\nfunc F() int64 { return hooks.f() }", "it uses the variable hooks, which Set changes"},
		{"func F(x int64) int64 { defer func() { calls++ }(); return x }\nvar calls int64", "it changes the variable calls"},
		{"type n interface{ ~int64 | ~int32; roll() int64 }\ntype d int64\nfunc (x d) roll() int64 { return rand.Int64() }\nfunc r[T n](x T) int64 { return x.roll() }\nfunc F() int64 { return r(d(1)) }",
			"it calls r, which calls d.roll, which calls math/rand/v2.Int64"},
		{"type e struct{}\nfunc (e) Error() string { return time.Now().String() }\nfunc F() string { var err error = e{}; return err.Error() }", "it calls e.Error, which calls time.Now"},
		{"type byAge []int64\nfunc (b byAge) Len() int { return len(b) }\nfunc (b byAge) Less(i, j int) bool { return rand.IntN(2) == 0 }\nfunc (b byAge) Swap(i, j int) { b[i], b[j] = b[j], b[i] }\nfunc F(b []int64) int64 { sort.Sort(byAge(b)); return b[0] }",
			"it calls byAge.Less, which calls math/rand/v2.IntN"},
		{"type e struct{}\nfunc (e) Error() string { return time.Now().String() }\nfunc F() string { var err error = e{}; return fmt.Sprintf(\"%v\", err) }", "it calls e.Error, which calls time.Now"},
		{"type e struct{}\nfunc (e) String() string { return time.Now().String() }\nfunc F() string { var x any = e{}; return fmt.Sprint(x) }", "it calls e.String, which calls time.Now"},
		{"type e struct{}\nfunc (e) String() string { return time.Now().String() }\nfunc show[T any](x T) string { return fmt.Sprint(x) }\nfunc F() string { return show(e{}) }", "it calls show, which calls e.String, which calls time.Now"},
		{"type clock struct{}\nfunc (clock) Uint64() uint64 { return uint64(time.Now().Unix()) }\nfunc F() int64 { var s rand.Source = clock{}; return rand.New(s).Int64() }", "it calls clock.Uint64, which calls time.Now"},
		{"func F(x int64) string { return fmt.Sprintf(\"%-20p|\", &x) }", "it prints an address"},
		{"func F(x int64) string { return fmt.Sprintf(\"%#[1]p\", &x) }", "it prints an address"},
		{"func F(x int64) string { return fmt.Sprintf(\"100%% p%d\", x) }", ""},
		{"type p struct{ q *int64 }\nfunc (p) area() int64 { return 1 }\nfunc F(x int64) string { return fmt.Sprint(p{&x}) }", "it prints an address"},
		{"type p struct{ q *int64 }\nfunc (x p) String() string { return strconv.FormatInt(*x.q, 10) }\nfunc F(x int64) string { return fmt.Sprint(p{&x}, &p{&x}) }", ""},
		{"var rates = map[string]int64{\"a\": 1}\nfunc F() string { return strings.Join(slices.Sorted(maps.Keys(rates)), \",\") }", ""},
		{"var names = []string{\"a\", \"b\"}\nfunc F() []string { l := slices.Clone(names); l[0] = \"z\"; return append(slices.Sorted(slices.Values(names)), l...) }", ""},
		{"var names = []string{\"a\", \"b\"}\nfunc F() []string { l := append([]string(nil), names...); l[0] = \"z\"; sort.Strings(l); return l }", ""},
		{"var names = []string{\"a\", \"b\"}\nfunc F() string { l := append(names[:1], \"z\"); return l[0] }", "it changes the variable names"},
		{"var names = [][]string{{\"a\"}}\nfunc F() string { l := slices.Clone(names); l[0][0] = \"z\"; return names[0][0] }", "it changes the variable names"},
		{"var names = []*int64{nil}\nfunc F() int64 { l := append([]*int64{}, names...); *l[0]++; return *names[0] }", "it changes the variable names"},
		{"var rows []int64\nfunc F(x int64) int64 { rows = append(rows, x); return int64(len(rows)) }", "it changes the variable rows"},
		{"var table = [3]map[string]int64{{}, {}, {}}\nfunc F(s string) int64 { for _, m := range table { m[s]++ }; return 1 }", "it changes the variable table"},
		{"var table = map[string][]int64{}\nfunc F(s string) int64 { if l, ok := table[s]; ok { l[0]++ }; return 1 }", "it changes the variable table"},
		{"var table = map[string]any{\"a\": map[string]int64{}}\nfunc F(s string) int64 { switch m := table[s].(type) { case map[string]int64: m[s]++ }; return 1 }", "it changes the variable table"},
		{"func F(x int64) int64 { t := time.NewTimer(0); <-t.C; return x }", "it calls time.NewTimer"},
		{"type p struct{ next *p }\nfunc F(x int64) string { q := p{}; return fmt.Sprint(q) }", "it prints an address"},
		{"type p struct{ kids []p }\nfunc F(x int64) string { q := p{}; return fmt.Sprint(q) }", ""},
		{"import alias \"time\"\nfunc F() int64 { return alias.Now().Unix() }", "it calls time.Now"},
		{"func F() string { return http.StatusText(404) }", ""},
		{"func F(v int64) int64 { return v * int64(weights[0]) }\nvar weights = func() []int { w := make([]int, 3); for i := range w { w[i] = i }; return w }()", ""},
		{"var squares = func() func(int64) int64 { t := []int64{0, 1, 4}; return func(x int64) int64 { return t[x] } }()\nfunc F(x int64) int64 { return squares(x) }", ""},
		{"type op func(int64) int64\nvar ops = map[string]op{\"a\": func(x int64) int64 { x++; return x }}\nfunc F(s string, x int64) int64 { return ops[s](x) }", ""},
	} {
		if got := reasons(t, s, test.text)["F"]; got != test.want {
			t.Errorf("%s\n\tgot  %q\n\twant %q", test.text, got, test.want)
		}
	}
}

// What a function reaches can be declared after it.
func TestDeterminismChanges(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, change := define(t, s, "cell[1]", "var step int64 = 1\nfunc Next(x int64) int64 { return x + step }\nfunc Coin() int64 { return rand.Int64() }")
	if got, want := p.Functions[0].Declaration(), "Coin() → BIGINT, not deterministic: it calls math/rand/v2.Int64"; got != want || change.Notes != nil {
		t.Errorf("got %s, notes %q, want %s", got, change.Notes, want)
	}
	if got, want := p.Functions[1].Declaration(), "Next(BIGINT) → BIGINT"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, change = define(t, s, "cell[2]", "func Wider() int64 { step *= 2; return step }")
	if want := []string{"Next is no longer deterministic: it uses the variable step, which Wider changes"}; !slices.Equal(change.Notes, want) {
		t.Errorf("notes %q, want %q", change.Notes, want)
	}
	p, change = define(t, s, "cell[3]", "func Wider() int64 { return step }")
	if want := []string{"Next is deterministic now"}; !slices.Equal(change.Notes, want) || p.Functions[1].Nondeterministic != "" {
		t.Errorf("notes %q, want %q", change.Notes, want)
	}
}
