package runtime

// From linux/audit.h and asm/unistd.h; the other numbers are package syscall's.
const (
	auditArchitecture = 0xc000003e // AUDIT_ARCH_X86_64
	sysSeccomp        = 317
	sysGetrandom      = 318
)
