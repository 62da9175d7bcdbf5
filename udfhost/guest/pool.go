package guest

import (
	"math/bits"
	"sync"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// pool is an Arrow allocator that reuses released buffers. The results of a batch take some
// hundred kilobytes, batch after batch. Getting them zeroed from the Go runtime and collecting
// them takes longer than everything else that the host does for the batch.
//
// Memory that it returns is not zeroed.
type pool struct {
	// classes hold the first bytes of buffers of 1<<i bytes.
	classes [maxClass + 1]sync.Pool
}

const (
	minClass = 6  // Arrow requires an alignment of 64
	maxClass = 26 // larger buffers come from the Go runtime
)

// class returns the smallest class whose buffers hold size bytes.
func class(size int) int { return max(minClass, bits.Len(uint(size-1))) }

// Allocate implements memory.Allocator.
func (p *pool) Allocate(size int) []byte {
	switch {
	case size == 0:
		return nil
	case class(size) > maxClass:
		return memory.DefaultAllocator.Allocate(size)
	}
	c := class(size)
	if first, ok := p.classes[c].Get().(*byte); ok {
		return unsafe.Slice(first, 1<<c)[:size]
	}
	return make([]byte, size, 1<<c) // aligned, as all of Go's powers of two are
}

// Reallocate implements memory.Allocator.
func (p *pool) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	larger := p.Allocate(size)
	copy(larger, b)
	p.Free(b)
	return larger
}

// Free implements memory.Allocator.
func (p *pool) Free(b []byte) {
	if c := class(cap(b)); cap(b) == 1<<c && c <= maxClass {
		p.classes[c].Put(unsafe.SliceData(b))
	}
}
