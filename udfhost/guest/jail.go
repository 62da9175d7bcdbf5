package guest

import (
	"cmp"
	"fmt"
)

// JailSetting is the setting of a session that disables the jail, with "off".
const JailSetting = "riffle.functions.jail"

// JailError is the error if guests cannot be confined on this system.
type JailError struct {
	Reason string // what the system lacks
	// Permissions are those that functions have outside the jail, see [Options]; "" for the user's.
	Permissions string
}

func (e *JailError) Error() string {
	return fmt.Sprintf("go functions cannot be confined here (%s): SET '%s' = 'off' runs them with %s", e.Reason, JailSetting, cmp.Or(e.Permissions, "all your permissions"))
}

// denied is Go's text for the error of the system-call filter.
const denied = "operation not permitted"
