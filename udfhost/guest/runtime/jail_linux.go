//go:build amd64 || arm64

package runtime

import (
	"syscall"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// Numbers that package syscall lacks; these calls have the same ones everywhere.
const (
	sysLandlockCreateRuleset = 444
	sysLandlockRestrictSelf  = 446
)

// Limits that package syscall lacks, from asm-generic/resource.h.
const (
	rlimitMemlock    = 8
	rlimitSigpending = 11
	rlimitMsgqueue   = 12
)

// maxFiles is the number of files that a jailed guest can have open: the six that it is given,
// and those with which Go's runtime waits for timers.
const maxFiles = 16

// maxConnections is the number of connections that a jailed guest can have open if it may use the network.
const maxConnections = 1024

// maxSignals is the number of signals that can be queued. The kernel counts them for all
// processes of a user together, so a function must not reach the user's own limit. Calls that
// Go's runtime makes on all threads, such as setuid, need one for each thread; without room the
// runtime would retry forever.
const maxSignals = 128

// addressSpace is what a guest can map beyond twice its memory: the shared memory, and what
// Go's runtime reserves and never touches. Without a limit, page tables alone could take
// gigabytes.
const addressSpace = 4 << 30

// limit sets the limits of the process permanently: only a process with the capability can
// raise them again. memory limits the private memory that it can write to, in bytes; 0 means no
// limit. networked: it may use the network. It returns what went wrong, or "".
func limit(memory uint64, jailed, networked bool) string {
	type bound struct {
		resource int
		max      uint64
	}
	bounds := []bound{{syscall.RLIMIT_CORE, 0}}
	if memory > 0 {
		bounds = append(bounds, bound{syscall.RLIMIT_DATA, memory})
	}
	if jailed {
		files := uint64(maxFiles)
		if networked {
			files += maxConnections
		}
		// No file can be made longer, including the shared memory.
		bounds = append(bounds, bound{syscall.RLIMIT_FSIZE, 0}, bound{syscall.RLIMIT_NOFILE, files},
			bound{rlimitMemlock, 0}, bound{rlimitMsgqueue, 0})
		if memory > 0 {
			bounds = append(bounds, bound{syscall.RLIMIT_AS, 2*memory + addressSpace})
		}
	}
	for _, b := range bounds {
		if errno := lower(b.resource, b.max); errno != 0 {
			return "limits: " + errno.Error()
		}
	}
	return ""
}

// lower sets the limit of a resource to max, unless it is already lower.
func lower(resource int, max uint64) syscall.Errno {
	call := func(set, get *syscall.Rlimit) syscall.Errno {
		// Not syscall.Setrlimit, which treats the limit of files specially.
		_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, 0, uintptr(resource),
			uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(get)), 0, 0)
		return errno
	}
	var now syscall.Rlimit
	if errno := call(nil, &now); errno != 0 {
		return errno
	}
	max = min(max, now.Max)
	return call(&syscall.Rlimit{Cur: max, Max: max}, nil)
}

// confine takes everything that a function does not need from the process, all its threads and
// later ones. networked leaves it what it needs to use connections that the host opens. It returns
// why that is not possible, or "".
//
// The filter of system calls does the confining. The other measures are there in case the
// filter lets something through.
func confine(networked bool) string {
	if errno := dropCapabilities(); errno != 0 {
		return "capabilities: " + errno.Error()
	}
	const prSetNoNewPrivs = 38
	if _, _, errno := syscall.AllThreadsSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return "no_new_privs: " + errno.Error()
	}
	if errno := restrictFiles(); errno != 0 {
		return "Landlock: " + errno.Error()
	}
	// Not earlier: the calls on all threads above send such signals.
	if errno := lower(rlimitSigpending, maxSignals); errno != 0 {
		return "limits: " + errno.Error()
	}
	if errno := installFilter(filter(uint64(syscall.Getpid()), networked)); errno != 0 {
		return "seccomp: " + errno.Error()
	}
	return ""
}

// dropCapabilities drops root's additional rights. Most users have no capabilities and lose
// nothing.
func dropCapabilities() syscall.Errno {
	const version3 = 0x20080522
	header := struct {
		version uint32
		pid     int32
	}{version: version3}
	var none [2]struct{ effective, permitted, inheritable uint32 }
	_, _, errno := syscall.AllThreadsSyscall(syscall.SYS_CAPSET,
		uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0)
	return errno
}

// restrictFiles uses Landlock to forbid every access to files, TCP and abstract sockets that
// the kernel's version of it covers. Open files stay open.
func restrictFiles() syscall.Errno {
	const askVersion = 1
	version, _, errno := syscall.RawSyscall(sysLandlockCreateRuleset, 0, 0, askVersion)
	if errno == syscall.ENOSYS || errno == syscall.EOPNOTSUPP {
		return 0 // not built into the kernel, or not switched on
	}
	if errno != 0 {
		return errno
	}
	ruleset := landlockRuleset(int(version))
	fd, _, errno := syscall.RawSyscall(sysLandlockCreateRuleset, uintptr(unsafe.Pointer(&ruleset)), unsafe.Sizeof(ruleset), 0)
	if errno != 0 {
		return errno
	}
	_, _, errno = syscall.AllThreadsSyscall(sysLandlockRestrictSelf, fd, 0, 0)
	syscall.Close(int(fd)) // the restriction does not need it
	return errno
}

// ruleset is the kernel's landlock_ruleset_attr: everything in it is forbidden unless a rule
// allows it, and there are no rules.
type ruleset struct{ files, tcp, scoped uint64 }

// landlockRuleset forbids everything that a version of Landlock can forbid, except signals:
// before Linux 6.15 it also forbade those between the threads of one process.
func landlockRuleset(version int) ruleset {
	r := ruleset{files: 1<<13 - 1}
	if version >= 2 {
		r.files |= 1 << 13 // refer
	}
	if version >= 3 {
		r.files |= 1 << 14 // truncate
	}
	if version >= 4 {
		r.tcp = 1<<2 - 1 // bind, connect
	}
	if version >= 5 {
		r.files |= 1 << 15 // ioctl on devices
	}
	if version >= 6 {
		r.scoped = 1 // abstract unix sockets
	}
	return r
}

// installFilter makes the kernel run program before each system call of any thread of the
// process.
func installFilter(program []syscall.SockFilter) syscall.Errno {
	const (
		setModeFilter = 1
		flagTSync     = 1 // all threads
	)
	fprog := syscall.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	thread, _, errno := syscall.RawSyscall(sysSeccomp, setModeFilter, flagTSync, uintptr(unsafe.Pointer(&fprog)))
	if errno == 0 && thread != 0 {
		errno = syscall.ESRCH // this thread has a filter that the others do not have
	}
	return errno
}

// rule allows a system call if each of the listed arguments has the given value.
type rule struct {
	call uintptr
	when []argument
}

// argument is the value of a system call's argument i.
type argument struct {
	i     int
	value uint64
}

// rules lists all system calls that a guest can make: those that Go's runtime makes while a
// program runs, and those that Serve needs. Rules with conditions come first, because newer
// kernels decide calls without conditions by a table.
func rules(pid uint64, networked bool) []rule {
	const (
		futexWait, futexWake = 128, 129 // of this process alone
		noAccess, readWrite  = syscall.PROT_NONE, syscall.PROT_READ | syscall.PROT_WRITE
		private              = syscall.MAP_PRIVATE | syscall.MAP_ANON
		droppable            = 0x08 | syscall.MAP_ANON // of vDSO's getrandom
		getDescriptorFlags   = syscall.F_GETFD
		// threadFlags are those with which Go's runtime starts a thread; the
		// call that starts a process has others.
		threadFlags = syscall.CLONE_VM | syscall.CLONE_FS | syscall.CLONE_FILES | syscall.CLONE_SIGHAND |
			syscall.CLONE_SYSVSEM | syscall.CLONE_THREAD
	)
	all := []rule{
		{syscall.SYS_FUTEX, []argument{{1, futexWait}}},
		{syscall.SYS_FUTEX, []argument{{1, futexWake}}},
		{syscall.SYS_TGKILL, []argument{{0, pid}}},
		{syscall.SYS_KILL, []argument{{0, pid}}},
		{syscall.SYS_CLONE, []argument{{0, threadFlags}}},
		{syscall.SYS_CLONE, []argument{{0, threadFlags | syscall.CLONE_SETTLS}}}, // on amd64
		// Memory is private, in which case it counts against the limit, or it is the shared
		// memory. No memory can be made executable.
		{syscall.SYS_MMAP, []argument{{2, readWrite}, {3, private}}},
		{syscall.SYS_MMAP, []argument{{2, readWrite}, {3, private | syscall.MAP_FIXED}}},
		{syscall.SYS_MMAP, []argument{{2, noAccess}, {3, private}}},
		{syscall.SYS_MMAP, []argument{{2, noAccess}, {3, private | syscall.MAP_FIXED}}},
		{syscall.SYS_MMAP, []argument{{2, readWrite}, {3, droppable}}},
		{syscall.SYS_MMAP, []argument{{2, readWrite}, {3, syscall.MAP_SHARED}, {4, abi.SharedFD}}},
		{syscall.SYS_FCNTL, []argument{{1, getDescriptorFlags}}},
		{syscall.SYS_FCNTL, []argument{{1, syscall.F_GETFL}}},
		{syscall.SYS_IOCTL, []argument{{0, stdout}, {1, syscall.TIOCINQ}}},
	}
	// The advice that Go's runtime uses. Other advice changes how memory is shared or, for
	// root, damages it.
	for _, advice := range []uint64{4 /* DONTNEED */, 8 /* FREE */, 14 /* HUGEPAGE */, 15 /* NOHUGEPAGE */, 25 /* COLLAPSE */} {
		all = append(all, rule{syscall.SYS_MADVISE, []argument{{2, advice}}})
	}
	for _, call := range []uintptr{
		syscall.SYS_READ, syscall.SYS_WRITE, syscall.SYS_CLOSE, syscall.SYS_MUNMAP,
		syscall.SYS_EPOLL_CREATE1, syscall.SYS_EPOLL_CTL, syscall.SYS_EPOLL_PWAIT, syscall.SYS_EVENTFD2,
		syscall.SYS_NANOSLEEP, syscall.SYS_CLOCK_GETTIME, syscall.SYS_GETTIMEOFDAY, syscall.SYS_SCHED_YIELD, syscall.SYS_RESTART_SYSCALL,
		syscall.SYS_RT_SIGACTION, syscall.SYS_RT_SIGPROCMASK, syscall.SYS_RT_SIGRETURN, syscall.SYS_SIGALTSTACK,
		syscall.SYS_GETPID, syscall.SYS_GETTID, sysGetrandom,
		syscall.SYS_EXIT, syscall.SYS_EXIT_GROUP,
	} {
		all = append(all, rule{call: call})
	}
	if networked {
		all = append(connectionRules(), all...)
	}
	return all
}

// connectionRules lists the system calls that use a connection: those of package net beyond read and write. None of
// them creates a socket, connects it, or names another address. The host's packets are received from one file only,
// because a packet can contain files.
func connectionRules() []rule {
	var all []rule
	all = append(all,
		rule{syscall.SYS_RECVMSG, []argument{{0, abi.NetworkFD}, {2, syscall.MSG_CMSG_CLOEXEC}}},
		rule{syscall.SYS_GETSOCKOPT, []argument{{1, syscall.SOL_SOCKET}, {2, syscall.SO_ERROR}}},
	)
	for _, option := range [][2]uint64{
		{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE}, {syscall.SOL_SOCKET, syscall.SO_LINGER},
		{syscall.SOL_SOCKET, syscall.SO_RCVBUF}, {syscall.SOL_SOCKET, syscall.SO_SNDBUF},
		{syscall.IPPROTO_TCP, syscall.TCP_NODELAY}, {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE},
		{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL}, {syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT},
	} {
		all = append(all, rule{syscall.SYS_SETSOCKOPT, []argument{{1, option[0]}, {2, option[1]}}})
	}
	for _, call := range []uintptr{
		syscall.SYS_GETSOCKNAME, syscall.SYS_GETPEERNAME, syscall.SYS_SHUTDOWN, syscall.SYS_WRITEV,
	} {
		all = append(all, rule{call: call})
	}
	return all
}

// Offsets in the kernel's seccomp_data.
const (
	dataNumber       = 0
	dataArchitecture = 4
	dataArguments    = 16
)

// The actions of a filter, from linux/seccomp.h.
const (
	killProcess = 0x80000000
	answerErrno = 0x00050000
	allow       = 0x7fff0000
)

// filter returns the program for the rules. A call of another architecture (such as a 32-bit
// call) ends the process. A call that no rule allows fails with EPERM. Calls of the x32 ABI
// have numbers of their own, which are in no rule.
func filter(pid uint64, networked bool) []syscall.SockFilter {
	const (
		load  = syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS
		equal = syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K
		end   = syscall.BPF_RET | syscall.BPF_K
	)
	program := []syscall.SockFilter{
		{Code: load, K: dataArchitecture},
		{Code: equal, K: auditArchitecture, Jt: 1},
		{Code: end, K: killProcess},
	}
	for _, r := range rules(pid, networked) {
		// If a condition is not met, the rest of the rule is skipped.
		size := 3 + 4*len(r.when)
		begin := len(program)
		left := func() uint8 { return uint8(begin + size - len(program) - 1) }
		program = append(program, syscall.SockFilter{Code: load, K: dataNumber})
		program = append(program, syscall.SockFilter{Code: equal, K: uint32(r.call), Jf: left()})
		for _, a := range r.when {
			at := uint32(dataArguments + 8*a.i) // the low half comes first
			program = append(program, syscall.SockFilter{Code: load, K: at + 4})
			program = append(program, syscall.SockFilter{Code: equal, K: uint32(a.value >> 32), Jf: left()})
			program = append(program, syscall.SockFilter{Code: load, K: at})
			program = append(program, syscall.SockFilter{Code: equal, K: uint32(a.value), Jf: left()})
		}
		program = append(program, syscall.SockFilter{Code: end, K: allow})
	}
	return append(program, syscall.SockFilter{Code: end, K: answerErrno | uint32(syscall.EPERM)})
}
