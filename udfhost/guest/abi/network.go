package abi

// # Network
//
// A confined guest that may use the network gets two more files. NetworkFD is a socket on which it asks the host for
// connections. RootsFD has the certificates of the authorities that this machine trusts, in PEM.
//
// Each message on NetworkFD is one packet: a NetworkRequest or a NetworkReply, followed by a text. A reply has the
// Number of its request; replies come in any order. The host creates each socket and connects it. The guest never gets
// the system calls that do so.
//
//	NetSocket   Family             a new TCP socket: Socket, and the socket itself as a file of the packet
//	NetConnect  Socket, Address…   begins to connect it, as connect(2) does for a socket that does not block
//	NetResolve  Family, Name       the addresses of a host: 16 bytes each, in the text

// Files of a guest that may use the network.
const (
	NetworkFD = 7
	RootsFD   = 8
)

// NetworkVariable is set in the environment of a confined guest that may use the network.
const NetworkVariable = "RIFFLE_NETWORK"

// The operations of a NetworkRequest.
const (
	NetSocket uint32 = iota + 1
	NetConnect
	NetResolve
)

// The families of addresses.
const (
	IPv4 uint16 = 4
	IPv6 uint16 = 6
)

// NetworkRequest is a request of a guest. For NetResolve the host's name follows, at most MaxName bytes.
type NetworkRequest struct {
	Number    uint32
	Operation uint32
	Socket    uint64   // of the reply to NetSocket
	Address   [16]byte // an address of IPv4 is in its form for IPv6
	Family    uint16
	Port      uint16
	_         uint32
}

// NetworkReply is the host's reply.
type NetworkReply struct {
	Number uint32
	Status uint32
	Socket uint64
	Errno  uint32 // of the system call, with NetFailed
	_      uint32
}

// The statuses of a NetworkReply.
const (
	NetDone uint32 = iota
	// NetFailed: the system call has failed with Errno.
	NetFailed
	// NetRefused: the setting does not have this host and port.
	NetRefused
	// NetNotFound: there is no host of this name.
	NetNotFound
	// NetUnresolved: the name could not be looked up; the text says why.
	NetUnresolved
)

// MaxName is the length of the longest name of a host, and MaxPacket that of the longest message.
const (
	MaxName   = 255
	MaxPacket = 1024
)

// RefusedHost is the text of errors for hosts and ports that the setting does not have.
const RefusedHost = "not in riffle.functions.network"
