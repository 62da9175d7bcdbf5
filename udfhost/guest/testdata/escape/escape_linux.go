package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// attempt is a way out.
type attempt struct {
	// anyone: without the jail, it succeeds for every user.
	anyone bool
	try    func() error
}

// The actions of the program before a function is called.
var (
	variable = outcome(read("/etc/passwd"))
	inited   string
	spawned  = make(chan string, 1)
)

func init() {
	inited = outcome(dial("udp", "127.0.0.1:9"))
	go func() { spawned <- outcome(read("/etc/hostname")) }()
}

// Try makes an attempt, and returns "ok" or its error. "list" returns the names of the
// attempts; those with a "+" are for all users.
func Try(name string) (string, error) {
	all := attempts()
	switch name {
	case "list":
		var names []string
		for name, a := range all {
			if a.anyone {
				name += "+"
			}
			names = append(names, name)
		}
		sort.Strings(names)
		return strings.Join(names, ","), nil
	case "early":
		return strings.Join([]string{variable, inited, <-spawned}, ", "), nil
	case "threads": // many at once, each on its own thread
		return everywhere(func() error { return read("/etc/passwd") }), nil
	case "fail":
		_, err := os.ReadFile("/etc/passwd")
		return "", err
	case "panic":
		panic(read("/etc/passwd"))
	case "exit":
		fmt.Println(read("/etc/passwd"))
		os.Exit(1)
	case "int80":
		return fmt.Sprint(int80(20)), nil // getpid of 32-bit programs
	case "scribble":
		scribble()
	case "write to the shared":
		return outcome(errorOf(syscall.Write(3, make([]byte, 1<<20)))), nil
	case "queue signals":
		return queueSignals(), nil
	}
	if what, argument, found := strings.Cut(name, " => "); found {
		return use(what, argument)
	}
	a, ok := all[name]
	if strings.HasPrefix(name, "plain ") || name == "scribble" {
		return strings.Repeat(name, rand.IntN(20)), nil
	}
	if !ok {
		return "", fmt.Errorf("no attempt is called %s", name)
	}
	return outcome(a.try()), nil
}

func outcome(err error) string {
	if err != nil {
		return err.Error()
	}
	return "ok"
}

// scribble begins to write random data into what the host reads: the reply, the current row,
// descriptors and buffers. Numbers that might be plausible are more frequent than others.
func scribble() {
	const board = 1 << 20 // which comes before it in the file
	memory, err := syscall.Mmap(3, board, 16<<10, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
			for range rand.IntN(8) {
				at := rand.IntN(len(memory))
				switch rand.IntN(8) {
				case 0: // the header
					at = rand.IntN(320)
				case 1, 2: // descriptors and the first buffers
					at = rand.IntN(8192)
				}
				switch word := (*uint64)(unsafe.Pointer(&memory[at&^7])); rand.IntN(3) {
				case 0:
					memory[at] ^= 1 << rand.IntN(8)
				case 1:
					*word = uint64(rand.IntN(len(memory)))
				default:
					*word = rand.Uint64() >> rand.IntN(64)
				}
			}
		}
	}()
}

func errorOf[T any](_ T, err error) error { return err }

func everywhere(try func() error) string {
	var wg sync.WaitGroup
	var mu sync.Mutex
	all := map[string]bool{}
	for range 20 {
		wg.Go(func() {
			runtime.LockOSThread()
			text := outcome(try())
			mu.Lock()
			defer mu.Unlock()
			all[text] = true
		})
	}
	wg.Wait()
	var texts []string
	for text := range all {
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func read(path string) error { return errorOf(os.ReadFile(path)) }

func dial(network, address string) error {
	c, err := net.Dial(network, address)
	if err == nil {
		c.Close()
	}
	return err
}

// raw returns a function that makes a system call, which may fail because of its arguments.
func raw(trap uintptr, args ...uintptr) func() error {
	var a [6]uintptr
	copy(a[:], args)
	return func() error {
		if _, _, errno := syscall.RawSyscall6(trap, a[0], a[1], a[2], a[3], a[4], a[5]); errno != 0 {
			return errno
		}
		return nil
	}
}

// page is memory to point at.
var page [4096]byte

func pointer[T any](v *T) uintptr { return uintptr(unsafe.Pointer(v)) }

func attempts() map[string]attempt {
	parent := os.Getppid()
	if parent <= 0 {
		parent = 1 // not available in the jail
	}
	all := map[string]attempt{
		"read a file":        {true, func() error { return read("/etc/passwd") }},
		"read of itself":     {true, func() error { return read("/proc/self/maps") }},
		"read a folder":      {true, func() error { return errorOf(os.ReadDir("/")) }},
		"look at a file":     {true, func() error { return errorOf(os.Stat("/etc/passwd")) }},
		"where am i":         {true, func() error { return errorOf(syscall.Getcwd(page[:])) }},
		"write a file":       {true, writeFile},
		"link":               {false, func() error { return os.Symlink("/etc/passwd", "/tmp/riffle-escape") }},
		"remove":             {false, func() error { return os.Remove("/tmp/riffle-escape") }},
		"change folder":      {true, func() error { return os.Chdir("/tmp") }},
		"change root":        {false, func() error { return syscall.Chroot("/tmp") }},
		"a file in memory":   {true, func() error { return closed(unix.MemfdCreate("x", 0)) }},
		"watch files":        {true, func() error { return closed(unix.InotifyInit1(0)) }},
		"tcp":                {false, func() error { return dial("tcp", "127.0.0.1:9") }},
		"udp":                {true, func() error { return dial("udp", "127.0.0.1:9") }},
		"a unix socket":      {false, func() error { return dial("unix", "/var/run/docker.sock") }},
		"an abstract socket": {false, func() error { return dial("unix", "@/tmp/.X11-unix/X0") }},
		"listen":             {true, listen},
		"a socket pair":      {true, socketPair},
		"netlink":            {true, func() error { return closed(unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, 0)) }},
		"a name":             {false, func() error { return errorOf(net.LookupHost("example.com")) }},
		"another program":    {true, func() error { return exec.Command("/proc/self/exe", "x").Start() }},
		"become a program":   {false, func() error { return syscall.Exec("/bin/true", nil, nil) }},
		"kill the parent":    {true, func() error { return syscall.Kill(parent, 0) }},
		"kill the group":     {true, func() error { return syscall.Kill(0, 0) }},
		"kill everyone":      {true, func() error { return syscall.Kill(-1, 0) }},
		"kill a thread":      {true, func() error { return unix.Tgkill(parent, parent, 0) }},
		"hold the parent":    {true, func() error { return closed(unix.PidfdOpen(parent, 0)) }},
		"no new privileges":  {true, func() error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }},
		"a name of its own":  {true, func() error { return unix.Prctl(unix.PR_SET_NAME, pointer(&page), 0, 0, 0) }},
		"executable memory": {true, func() error {
			return mapped(syscall.PROT_READ|syscall.PROT_EXEC, syscall.MAP_PRIVATE|syscall.MAP_ANON, -1)
		}},
		"executable shared": {false, func() error { return mapped(syscall.PROT_READ|syscall.PROT_EXEC, syscall.MAP_SHARED, 3) }},
		"uncounted memory": {true, func() error {
			return mapped(syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON, -1)
		}},
		"memory that grows": {true, func() error {
			return mapped(syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON|0x100, -1)
		}},
		"make executable":    {true, makeExecutable},
		"enlarge the shared": {true, func() error { return syscall.Ftruncate(3, 1<<30) }},
		"fill the shared":    {true, func() error { return syscall.Fallocate(3, 0, 1<<20, 1<<20) }},
		"punch the shared":   {false, func() error { return unix.Madvise(page[:], unix.MADV_REMOVE) }},
		"poison":             {false, func() error { return unix.Madvise(page[:], unix.MADV_HWPOISON) }},
		"raise a limit":      {false, raiseLimit},
		"limit the parent":   {false, func() error { return unix.Prlimit(parent, unix.RLIMIT_NOFILE, nil, new(unix.Rlimit)) }},
		"copy a descriptor":  {true, func() error { return closed(unix.Dup(3)) }},
		"a pipe":             {true, func() error { return unix.Pipe2(make([]int, 2), 0) }},
		"own the pipe":       {true, func() error { return errorOf(unix.FcntlInt(5, unix.F_SETOWN, os.Getpid())) }},
		"set a pipe's flags": {false, func() error { return errorOf(unix.FcntlInt(5, unix.F_SETFL, unix.O_NONBLOCK)) }},
		"a terminal":         {false, func() error { return unix.IoctlSetInt(0, unix.TIOCSCTTY, 0) }},
		"be nice":            {true, func() error { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) }},
		"leave the group":    {false, func() error { return errorOf(syscall.Setsid()) }},
		"see the machine":    {true, func() error { return syscall.Uname(new(syscall.Utsname)) }},
		"set the time":       {false, func() error { return syscall.Settimeofday(new(syscall.Timeval)) }},
	}
	for name, call := range rawCalls(uintptr(parent)) {
		all[name] = attempt{false, call}
	}
	return all
}

// rawCalls returns system calls that Go does not use. Their arguments would be good enough to
// pass a filter that does not check arguments.
func rawCalls(parent uintptr) map[string]func() error {
	at := pointer(&page)
	return map[string]func() error{
		"openat2":             raw(unix.SYS_OPENAT2, 0, at, at, 24),
		"open by handle":      raw(unix.SYS_OPEN_BY_HANDLE_AT, 0, at, 0),
		"statx":               raw(unix.SYS_STATX, 0, at, 0, 0, at),
		"fork":                raw(unix.SYS_CLONE, uintptr(syscall.SIGCHLD)),
		"vfork":               raw(unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_VFORK|uintptr(syscall.SIGCHLD)),
		"clone3":              raw(unix.SYS_CLONE3, at, 88),
		"a namespace":         raw(unix.SYS_CLONE, unix.CLONE_NEWUSER|uintptr(syscall.SIGCHLD)),
		"a thread outside":    raw(unix.SYS_CLONE, 0x50f00|unix.CLONE_NEWNET),
		"a wide clone":        raw(unix.SYS_CLONE, 0x50f00|1<<32),
		"execve":              raw(unix.SYS_EXECVE, at, 0, 0),
		"execveat":            raw(unix.SYS_EXECVEAT, 3, at, 0, 0, unix.AT_EMPTY_PATH),
		"unshare":             raw(unix.SYS_UNSHARE, unix.CLONE_NEWUSER),
		"setns":               raw(unix.SYS_SETNS, 3, 0),
		"mount":               raw(unix.SYS_MOUNT, at, at, at, 0, 0),
		"pivot_root":          raw(unix.SYS_PIVOT_ROOT, at, at),
		"ptrace the parent":   raw(unix.SYS_PTRACE, unix.PTRACE_SEIZE, parent, 0, 0),
		"be traced":           raw(unix.SYS_PTRACE, unix.PTRACE_TRACEME),
		"read the parent":     raw(unix.SYS_PROCESS_VM_READV, parent, at, 1, at, 1),
		"write the parent":    raw(unix.SYS_PROCESS_VM_WRITEV, parent, at, 1, at, 1),
		"compare":             raw(unix.SYS_KCMP, parent, parent, 0, 0, 0),
		"signal by pidfd":     raw(unix.SYS_PIDFD_SEND_SIGNAL, 3, 0, 0, 0),
		"take a descriptor":   raw(unix.SYS_PIDFD_GETFD, 3, 0, 0),
		"queue a signal":      raw(unix.SYS_RT_SIGQUEUEINFO, parent, 0, at),
		"queue to a thread":   raw(unix.SYS_RT_TGSIGQUEUEINFO, parent, parent, 0, at),
		"tkill":               raw(unix.SYS_TKILL, parent, 0),
		"io_uring":            raw(unix.SYS_IO_URING_SETUP, 1, at),
		"bpf":                 raw(unix.SYS_BPF, 0, at, 64),
		"perf":                raw(unix.SYS_PERF_EVENT_OPEN, at, 0, 0, 0, 0),
		"userfaultfd":         raw(unix.SYS_USERFAULTFD, 0),
		"keys":                raw(unix.SYS_KEYCTL, 0, 0),
		"another filter":      raw(unix.SYS_SECCOMP, 1, 0, at),
		"another landlock":    raw(unix.SYS_LANDLOCK_RESTRICT_SELF, 3, 0),
		"all capabilities":    raw(unix.SYS_CAPSET, at, at),
		"setuid":              raw(unix.SYS_SETUID, 0),
		"personality":         raw(unix.SYS_PERSONALITY, 0xffffffff),
		"system v memory":     raw(unix.SYS_SHMGET, 0, 4096, 0o600),
		"system v messages":   raw(unix.SYS_MSGGET, 0, 0o600),
		"a message queue":     raw(unix.SYS_MQ_OPEN, at, 0),
		"lock memory":         raw(unix.SYS_MLOCKALL, 1),
		"move memory":         raw(unix.SYS_MREMAP, at, 4096, 8192, 1),
		"protect by key":      raw(unix.SYS_PKEY_MPROTECT, at, 4096, 7, 0),
		"another futex":       raw(unix.SYS_FUTEX, at, 6), // FUTEX_LOCK_PI
		"send a file":         raw(unix.SYS_SENDFILE, 1, 3, 0, 1),
		"splice":              raw(unix.SYS_SPLICE, 3, 0, 1, 0, 1),
		"vectors":             raw(unix.SYS_WRITEV, 1, at, 0),
		"a processor":         raw(unix.SYS_SCHED_SETAFFINITY, 0, 128, at),
		"real time":           raw(unix.SYS_SCHED_SETSCHEDULER, 0, 1, at),
		"a timer":             raw(unix.SYS_TIMER_CREATE, 1, 0, at),
		"reboot":              raw(unix.SYS_REBOOT, 0, 0, 0),
		"a module":            raw(unix.SYS_FINIT_MODULE, 3, at, 0),
		"the kernel's log":    raw(unix.SYS_SYSLOG, 10, 0, 0),
		"a call that is none": raw(0x3fff),
		"the x32 kind":        raw(0x40000000 | unix.SYS_GETPID),
		"another getpid":      raw(1<<32|unix.SYS_SOCKET, 1, 1, 0),
	}
}

func closed(fd int, err error) error {
	if err == nil {
		syscall.Close(fd)
	}
	return err
}

func writeFile() error {
	path := os.Getenv("TMPDIR")
	if path == "" {
		path = "/tmp"
	}
	path += fmt.Sprintf("/riffle-escape-%d", os.Getpid())
	err := os.WriteFile(path, []byte("x"), 0o600)
	os.Remove(path)
	return err
}

func listen() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		l.Close()
	}
	return err
}

func socketPair() error {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.Close(fds[0])
		syscall.Close(fds[1])
	}
	return err
}

func mapped(prot, flags, fd int) error {
	memory, err := syscall.Mmap(fd, 0, 4096, prot, flags)
	if err == nil {
		syscall.Munmap(memory)
	}
	return err
}

func makeExecutable() error {
	memory, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return err
	}
	defer syscall.Munmap(memory)
	return syscall.Mprotect(memory, syscall.PROT_READ|syscall.PROT_EXEC)
}

// queueSignals sends 1,000 real-time signals to its own thread, which blocks them. The kernel
// counts queued signals for all processes of a user together.
func queueSignals() string {
	runtime.LockOSThread() // never unlocked: the thread ends with its goroutine
	const realTime = 40
	held := unix.Sigset_t{}
	held.Val[0] = 1 << (realTime - 1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &held, nil); err != nil {
		return err.Error()
	}
	for sent := range 1000 {
		if err := unix.Tgkill(os.Getpid(), unix.Gettid(), realTime); err != nil {
			return fmt.Sprintf("%v after %d", err, sent/100*100)
		}
	}
	return "ok"
}

func raiseLimit() error {
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 30, Max: 1 << 30})
}
