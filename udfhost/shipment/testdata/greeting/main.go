// Command greeting is an executable with debug information.
package main

func main() { println("hello") }
