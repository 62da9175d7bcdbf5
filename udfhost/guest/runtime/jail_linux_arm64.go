package runtime

// From linux/audit.h and asm/unistd.h; the other numbers are package syscall's.
const (
	auditArchitecture = 0xc00000b7 // AUDIT_ARCH_AARCH64
	sysSeccomp        = 277
	sysGetrandom      = 278
)
