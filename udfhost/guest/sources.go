package guest

import "embed"

// Sources are the packages that a guest is built from besides the user's code,
// in their folders: the binary of riffle builds guests on machines without this
// repository.
//
//go:embed abi/abi.go abi/network.go
//go:embed async/async.go
//go:embed columns/columns.go
//go:embed riffle/column.go riffle/context.go riffle/date.go riffle/datetime.go riffle/decimal.go riffle/doc.go riffle/time.go
//go:embed nethooks/nethooks.go network/client.go network/dns.go network/resolver.go roots/roots.go
//go:embed runtime/apart.go runtime/argument.go runtime/call.go runtime/failure.go runtime/parts.go runtime/result.go runtime/serve.go runtime/table.go runtime/vector.go
//go:embed scope/scope.go
//go:embed runtime/jail.go runtime/jail_linux.go runtime/jail_linux_amd64.go runtime/jail_linux_arm64.go runtime/jail_other.go
//go:embed runtime/output_linux.go runtime/output_other.go
var Sources embed.FS

// ImportPrefix is the import path of the folder of Sources.
const ImportPrefix = "riffle/udfhost/guest/"

// CivilPath is the import path of package riffle, which a user's code sees as
// "riffle".
const CivilPath = ImportPrefix + "riffle"
