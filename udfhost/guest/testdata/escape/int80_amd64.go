package main

// int80 makes a system call as 32-bit programs do.
func int80(number uint32) int32
