package determinism

import (
	"go/types"
	"path"
	"slices"
	"strings"
)

// selection is a part of a package of the standard library: some names, or all except some.
// Names are those of functions and variables, and "Type.Method" for methods. They are patterns
// as in path.Match.
type selection struct {
	all   bool
	names []string
}

func some(names string) selection      { return selection{names: strings.Fields(names)} }
func allExcept(names string) selection { return selection{all: true, names: strings.Fields(names)} }

func (s selection) has(name string) bool {
	listed := slices.ContainsFunc(s.names, func(pattern string) bool {
		fits, err := path.Match(pattern, name)
		return err == nil && fits
	})
	return listed != s.all
}

// impurities lists the packages in which something depends on more than its arguments: on time,
// chance, the process, the machine, or the order of a map. The other known packages have
// nothing of this kind.
//
// A generator made from a seed returns equal numbers for equal seeds. A generator that is kept
// in a package variable is changed by its use, and is found like any other changed variable.
var impurities = map[string]selection{
	"context":            some("WithDeadline* WithTimeout* AfterFunc Cause Context.*"),
	"crypto":             some("Signer.* Decrypter.* SignMessage"),
	"crypto/cipher":      some("NewGCMWithRandomNonce"),
	"crypto/dsa":         some("Generate* Sign"),
	"crypto/ecdh":        some("Curve.GenerateKey"),
	"crypto/ecdsa":       some("GenerateKey Sign* PrivateKey.Sign"),
	"crypto/ed25519":     some("GenerateKey"),
	"crypto/elliptic":    some("GenerateKey"),
	"crypto/rand":        allExcept(""),
	"crypto/rsa":         some("Generate* Sign* Encrypt* PrivateKey.Sign"),
	"crypto/tls":         allExcept("VersionName CipherSuite*"),
	"crypto/x509":        some("Certificate.Verify Create* System* EncryptPEMBlock"),
	"database/sql":       allExcept("Null*"),
	"debug/buildinfo":    allExcept(""),
	"encoding/gob":       some("Encoder.*"), // maps in their order
	"expvar":             allExcept(""),
	"flag":               allExcept(""),
	"go/build":           allExcept("IsLocalImport"),
	"go/importer":        allExcept(""),
	"hash/maphash":       allExcept(""),
	"io/ioutil":          allExcept("Discard NopCloser ReadAll"),
	"maps":               some("All Keys Values"),
	"math/rand":          allExcept("New NewSource NewZipf Rand.* Zipf.* Source.* Source64.*"),
	"math/rand/v2":       allExcept("New NewPCG NewChaCha8 NewZipf Rand.* Zipf.* PCG.* ChaCha8.* Source.*"),
	"mime":               some("TypeByExtension ExtensionsByType"),
	"mime/multipart":     some("NewWriter"),
	"net":                allExcept("CIDRMask IP* ParseCIDR ParseIP ParseMAC JoinHostPort SplitHostPort HardwareAddr.* *Addr.Network *Addr.String"),
	"net/http":           allExcept("StatusText CanonicalHeaderKey DetectContentType ParseHTTPVersion ParseTime Header.* Cookie.* ParseCookie ParseSetCookie Err*"),
	"net/http/cookiejar": allExcept(""),
	"net/http/httptest":  allExcept(""),
	"net/http/httptrace": allExcept(""),
	"net/http/httputil":  allExcept(""),
	"net/rpc":            allExcept(""),
	"net/smtp":           allExcept(""),
	"os":                 allExcept("Stdout Stderr File.Write* File.Close File.Sync Exit Err* Is* Expand PathError.* SyscallError.* LinkError.* FileMode.*"),
	"os/exec":            allExcept(""),
	"os/signal":          allExcept(""),
	"os/user":            allExcept(""),
	"path/filepath":      some("Abs EvalSymlinks Glob Walk*"),
	"reflect":            some("Select Value.MapKeys Value.MapRange Value.Seq* Value.Pointer Value.UnsafePointer Value.UnsafeAddr"),
	"runtime":            allExcept("KeepAlive Error.* GOOS GOARCH"),
	"runtime/debug":      allExcept(""),
	"runtime/metrics":    allExcept(""),
	"runtime/pprof":      allExcept(""),
	"runtime/trace":      allExcept(""),
	"sync":               some("Pool.Get Map.Range WaitGroup.Go"),
	"syscall":            allExcept("Errno.* Signal.*"),
	"testing":            allExcept(""),
	"time":               some("Now Since Until After AfterFunc Tick NewTimer NewTicker"),
	"weak":               allExcept(""),
	// The number of the subtask that handles a row is chance.
	"riffle/udfhost/guest/riffle": some("Context.Subtask Context.Subtasks"),
}

// varies reports whether a function, method or variable of another package can
// give different results for equal arguments.
func (p *Program) varies(object types.Object) bool {
	importPath := object.Pkg().Path()
	rule, found := impurities[importPath]
	if !found {
		first, _, _ := strings.Cut(importPath, "/")
		partOfKnown := strings.Contains(importPath, "internal/") && !strings.Contains(first, ".") // a module's is unknown
		return !p.Known[importPath] && !strings.HasPrefix(importPath, p.OwnPrefix) && importPath != "unsafe" && !partOfKnown
	}
	return rule.has(title(object))
}

// argumentWriters are the functions that write to what their arguments refer to. In packages
// that are not listed, all functions are assumed to do so.
var argumentWriters = map[string]selection{
	"bytes":             some("NewBuffer"),
	"cmp":               some(""),
	"crypto/hmac":       some(""),
	"crypto/md5":        some(""),
	"crypto/sha1":       some(""),
	"crypto/sha256":     some(""),
	"crypto/sha512":     some(""),
	"crypto/subtle":     allExcept("ConstantTimeCompare ConstantTimeEq"),
	"encoding/base64":   some(""),
	"encoding/binary":   allExcept("Size"),
	"encoding/hex":      allExcept("EncodeToString DecodeString Dump"),
	"encoding/json":     some("Unmarshal Compact Indent HTMLEscape"),
	"errors":            some("As"),
	"fmt":               some("Fprint* *scan* Sscan* Append*"),
	"hash/adler32":      some(""),
	"hash/crc32":        some(""),
	"hash/crc64":        some(""),
	"html":              some(""),
	"iter":              some(""),
	"log":               some("SetOutput"),
	"maps":              some("Copy DeleteFunc Insert"),
	"math":              some(""),
	"math/big":          some(""),
	"math/bits":         some(""),
	"net/netip":         some(""),
	"net/url":           some(""),
	"path":              some(""),
	"path/filepath":     some(""),
	"reflect":           some("Copy Swapper"),
	"regexp":            some(""),
	"slices":            some("Sort SortFunc SortStableFunc Reverse Delete* Insert Replace Compact*"),
	"sort":              allExcept("Search* *AreSorted IsSorted SliceIsSorted Find Reverse"),
	"strconv":           some("Append*"),
	"strings":           some(""),
	"text/template":     some(""),
	"time":              some(""),
	"unicode":           some(""),
	"unicode/utf16":     some("AppendRune"),
	"unicode/utf8":      some("AppendRune EncodeRune"),
	"unique":            some(""),
	"sync":              some(""),
	"crypto/aes":        some(""),
	"crypto/cipher":     some(""),
	"encoding/base32":   some(""),
	"html/template":     some(""),
	"index/suffixarray": some(""),
}

func writesArguments(f *types.Func) bool {
	rule, found := argumentWriters[f.Pkg().Path()]
	return !found || rule.has(f.Name())
}

// readers are methods that change nothing that is visible later. All others are assumed to
// change their receiver.
var readers = map[string]selection{
	"bytes":             some("Buffer.Len Buffer.String Buffer.Bytes Buffer.Cap Reader.Len Reader.Size"),
	"container/list":    some("List.Len List.Front List.Back Element.Next Element.Prev"),
	"context":           allExcept(""),
	"crypto/aes":        allExcept(""),
	"crypto/cipher":     some("Block.* AEAD.*"),
	"encoding/base32":   allExcept(""),
	"encoding/base64":   allExcept(""),
	"encoding/binary":   allExcept(""),
	"fmt":               some("Stringer.*"),
	"html/template":     some("Template.Execute* Template.Name"),
	"index/suffixarray": some("Index.Lookup Index.FindAllIndex Index.Bytes"),
	"math/big":          some("*.Cmp *.CmpAbs *.Sign *.String *.Text *.Int64 *.Uint64 *.IsInt* *.IsUint64 *.Bit *.BitLen *.Bytes *.Append *.Format *.ProbablyPrime *.Float64 *.Float32 *.TrailingZeroBits *.Marshal* *.FloatString *.Num *.Denom *.Prec *.Mode *.Acc *.FillBytes"),
	"net/netip":         allExcept("*.Unmarshal*"),
	"net/url":           some("URL.String URL.Query URL.Hostname URL.Port URL.Redacted URL.RequestURI URL.Escaped* URL.IsAbs URL.Parse URL.ResolveReference URL.JoinPath URL.Marshal* Values.Get Values.Has Values.Encode Userinfo.*"),
	"reflect":           some("Type.* Value.Len Value.Kind Value.Type Value.Interface Value.Index Value.Field* Value.String Value.Int Value.Uint Value.Float Value.Bool Value.Is* Value.Elem Value.Num*"),
	"regexp":            allExcept("Regexp.Longest Regexp.Unmarshal*"),
	"strings":           some("Replacer.Replace Replacer.WriteString Builder.Len Builder.String Builder.Cap Reader.Len Reader.Size"),
	"sync":              some("Mutex.* RWMutex.* Once.* WaitGroup.* Locker.* Map.Load"),
	"sync/atomic":       some("*.Load"),
	"text/template":     some("Template.Execute* Template.Name"),
	"time":              allExcept("Time.Unmarshal* Timer.* Ticker.*"),
	"unicode":           allExcept(""),
	"unique":            allExcept(""),
}

func (p *Program) writesReceiver(f *types.Func) bool {
	if f.Pkg() == nil { // error.Error
		return false
	}
	rule, found := readers[f.Pkg().Path()]
	return !found && !strings.HasPrefix(f.Pkg().Path(), p.OwnPrefix) || found && !rule.has(title(f))
}

// sortsResult reports whether a function returns the values of a sequence in sorted order.
func sortsResult(f *types.Func) bool {
	return f.Pkg().Path() == "slices" && strings.HasPrefix(f.Name(), "Sorted")
}

// copiesResult reports whether the result of a function contains copies of what is in its
// arguments.
func copiesResult(f *types.Func) bool {
	switch f.Pkg().Path() {
	case "slices":
		return some("Clone Collect Concat Repeat Sorted*").has(f.Name())
	case "maps":
		return some("Clone Collect").has(f.Name())
	case "bytes":
		return some("Clone Repeat Join").has(f.Name())
	}
	return false
}
