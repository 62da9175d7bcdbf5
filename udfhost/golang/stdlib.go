package golang

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"riffle/udfhost/guest"
)

// commonPackages are the packages that functions over rows need most often. They are compiled
// first in the background.
const commonPackages = `
	fmt strings strconv math time errors sort slices maps cmp bytes unicode unicode/utf8 regexp
	math/rand/v2 math/rand math/bits encoding/json encoding/hex encoding/base64 net/url
	crypto/sha256 crypto/md5 crypto/sha1 hash/fnv hash/crc32 html path sync sync/atomic iter os log
	log/slog math/big time/tzdata`

// otherPackages are the other packages of the standard library that a function can use.
const otherPackages = `
	archive/tar archive/zip bufio compress/bzip2 compress/flate compress/gzip compress/lzw compress/zlib
	container/heap container/list container/ring context crypto crypto/aes crypto/cipher crypto/des crypto/ecdh
	crypto/ecdsa crypto/ed25519 crypto/elliptic crypto/hkdf crypto/hmac crypto/pbkdf2 crypto/rand crypto/rc4
	crypto/rsa crypto/sha3 crypto/sha512 crypto/subtle crypto/tls crypto/x509 crypto/x509/pkix database/sql
	database/sql/driver debug/buildinfo encoding encoding/ascii85 encoding/asn1 encoding/base32 encoding/binary
	encoding/csv encoding/gob encoding/pem encoding/xml expvar flag go/ast go/build go/constant go/doc go/format
	go/importer go/parser go/printer go/scanner go/token go/types go/version hash hash/adler32 hash/crc64
	hash/maphash html/template image image/color image/color/palette image/draw image/gif image/jpeg image/png
	index/suffixarray io io/fs io/ioutil math/cmplx mime mime/multipart mime/quotedprintable
	net net/http net/http/cookiejar net/http/httptest net/http/httptrace net/http/httputil net/mail net/netip
	net/rpc net/smtp net/textproto os/exec os/signal os/user path/filepath reflect regexp/syntax runtime
	runtime/debug runtime/metrics runtime/pprof runtime/trace structs syscall testing text/scanner text/tabwriter
	text/template text/template/parse unicode/utf16 unique weak`

// candidates returns the packages that a name can mean when it is not imported,
// the likeliest first. Where there are several, the first one is taken that
// has everything that is selected from the name.
func candidates() map[string][]string {
	all := map[string][]string{}
	for _, p := range strings.Fields(commonPackages + otherPackages) {
		all[packageName(p)] = append(all[packageName(p)], p)
	}
	all["riffle"] = []string{guest.CivilPath}
	all["rand"] = []string{"math/rand/v2", "crypto/rand", "math/rand"}
	all["template"] = []string{"text/template", "html/template"}
	all["scanner"] = []string{"text/scanner", "go/scanner"}
	return all
}

// packageName returns the name of a package of the standard library, and what the name of another one is likely to be.
func packageName(importPath string) string {
	base := path.Base(importPath)
	if base == "v2" {
		return path.Base(path.Dir(importPath))
	}
	return base
}

// allowedImport reports why a package cannot be imported.
func allowedImport(importPath string) error {
	first, _, _ := strings.Cut(importPath, "/")
	internal := slices.Contains(strings.Split(importPath, "/"), "internal")
	switch {
	case importPath == guest.CivilPath:
	case importPath == "C":
		return fmt.Errorf("cgo is not supported in functions: remove import \"C\"")
	case fromModule(importPath) && !internal:
	case first == "riffle" || internal || first == "cmd" || first == "vendor":
		return fmt.Errorf("package %s is internal", importPath)
	}
	return nil
}
