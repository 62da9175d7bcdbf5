// Command program is a guest like those that riffle builds from a user's declarations.
// Its glue is written by hand and shows what generated glue looks like. The tests of
// package guest call it.
package main

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

//line cell[1]:1:1
func AddOne(i int64) int64 { return i + 1 }

//line cell[2]:1:1
func Upper(s string) string { return strings.ToUpper(s) }

// Calls counts what it was called with, so that a second call would show.
//
//line cell[3]:1:1
var calls int64

func Calls(i int64) int64 {
	calls++
	return calls
}

//line cell[4]:1:1
func Repeat(s string, n int64) string {
	calls++
	return strings.Repeat(s, int(n))
}

//line cell[5]:1:1
func Trouble(s string) (string, error) {
	switch s {
	case "error":
		return "", errors.New("no such thing")
	case "panic":
		return s[5:][:1], nil
	case "value":
		panic(struct{ a int }{3})
	case "exit":
		fmt.Println("about to exit")
		os.Exit(3)
	case "deadlock":
		<-make(chan int)
	case "overflow":
		return Trouble("overflow")
	case "loop":
		for strings.Count(s, "o") > 1 {
			calls++
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "goroutine":
		go func() {
			panic("in a goroutine")
		}()
		time.Sleep(time.Hour)
	case "memory":
		var all [][]byte
		for {
			block := make([]byte, 16<<20)
			for i := range block {
				block[i] = 1
			}
			//lint:ignore SA4010 it takes memory
			all = append(all, block)
		}
	case "print":
		fmt.Println("one")
		fmt.Fprintln(os.Stderr, "two")
	case "alarm":
		fmt.Println("panic: not really")
	case "open":
		fmt.Print("no end")
	case "bad":
		return "\xff", nil
	case "busy":
		busy()
	}
	return s, nil
}

// busy gives the runtime work of every kind.
func busy() {
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			var kept [][]byte
			for i := range 100 {
				//lint:ignore SA4010 it takes memory
				kept = append(kept, make([]byte, 10_000))
				if i%20 == 0 {
					kept = nil
					time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
				}
			}
			runtime.LockOSThread()
			time.Sleep(time.Millisecond)
		})
	}
	wg.Wait()
	runtime.GC()
	debug.FreeOSMemory()
}

//line cell[6]:1:1
func Not(b *bool) *bool {
	if b == nil {
		return nil
	}
	not := !*b
	return &not
}

//line cell[7]:1:1
func Reverse(b []byte) *[]byte {
	for i := range len(b) / 2 {
		b[i], b[len(b)-1-i] = b[len(b)-1-i], b[i]
	}
	return &b
}

// Spell is a table function. It returns n rows, or any number if n is negative. Glue calls functions as values, so they
// are never inlined into it.
//
//go:noinline
//line cell[8]:1:1
func Spell(word string, n int64) (iter.Seq2[string, int64], error) {
	switch word {
	case "error":
		return nil, errors.New("no such word")
	case "nil":
		return nil, nil
	}
	return func(yield func(string, int64) bool) {
		defer fmt.Println("the end of", word)
		if word == "late" {
			defer time.Sleep(700 * time.Millisecond)
		}
		for i := int64(0); n < 0 || i < n; i++ {
			text := word
			switch {
			case word == "panic" && i == 2:
				panic("too far")
			case word == "bad" && i == 1:
				text = "\xff"
			case word == "long":
				text = strings.Repeat("x", 700_000)
			case word == "slow":
				time.Sleep(time.Millisecond)
			case word == "hang" && i == 2:
				fmt.Println("hanging")
				time.Sleep(time.Hour)
			}
			if !yield(text, i) && word != "deaf" {
				return
			}
		}
	}, nil
}
