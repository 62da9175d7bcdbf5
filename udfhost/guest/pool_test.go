package guest

import (
	"testing"
	"unsafe"
)

func TestPool(t *testing.T) {
	var p pool
	p.Free(p.Allocate(0))
	for _, size := range []int{1, 63, 64, 65, 1000, 4096, 100_000, 1 << maxClass, 1<<maxClass + 1} {
		b := p.Allocate(size)
		if len(b) != size || uintptr(unsafe.Pointer(&b[0]))%64 != 0 {
			t.Errorf("%d bytes: got %d at %p", size, len(b), &b[0])
		}
		b[0], b[size-1] = 1, 2
		larger := p.Reallocate(2*size, b)
		if len(larger) != 2*size || larger[0] != 1 && size > 1 || larger[size-1] != 2 {
			t.Errorf("%d bytes: not copied", size)
		}
		smaller := p.Reallocate(1, larger)
		if len(smaller) != 1 || &smaller[0] != &larger[0] {
			t.Errorf("%d bytes: moved to shrink", size)
		}
		p.Free(smaller)
	}
}

// No two buffers that are in use overlap.
func TestPoolGivesEachBufferOnce(t *testing.T) {
	var p pool
	used := map[*byte]bool{}
	var held [][]byte
	for i := range 1000 {
		b := p.Allocate(1 + i*7%300)
		if used[&b[0]] {
			t.Fatal("a buffer was given out twice")
		}
		used[&b[0]] = true
		held = append(held, b)
		if i%3 == 0 {
			delete(used, &held[0][0])
			p.Free(held[0])
			held = held[1:]
		}
	}
}
