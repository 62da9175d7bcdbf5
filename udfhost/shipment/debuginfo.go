package shipment

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// withoutDebugInfo returns an executable of Linux without what is not loaded into memory: symbols and debug
// information, which are more than half of one that was built with the go command's defaults. Anything else is
// returned as it is.
func withoutDebugInfo(executable []byte) []byte {
	file, err := elf.NewFile(bytes.NewReader(executable))
	if err != nil || file.Class != elf.ELFCLASS64 || file.ByteOrder != binary.LittleEndian {
		return executable
	}
	end := uint64(0)
	for _, segment := range file.Progs {
		end = max(end, segment.Off+segment.Filesz)
	}
	if end < elfHeader || end > uint64(len(executable)) {
		return executable
	}
	short := bytes.Clone(executable[:end])
	// The table of sections is at the end, too: e_shoff, then e_shnum and e_shstrndx.
	clear(short[40:48])
	clear(short[60:64])
	return short
}

// elfHeader is the size of the header of a 64-bit file.
const elfHeader = 64
