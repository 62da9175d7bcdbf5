package guest

import "testing"

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		" ":                       "",
		"api.example.com:443":     "api.example.com:443",
		"API.Example.com.:443":    "api.example.com:443",
		"a:1,a:2 , a:1":           "a:1, a:2",
		"127.0.0.1:8080, [::1]:9": "127.0.0.1:8080, [::1]:9",
		"[::ffff:10.0.0.1]:80":    "10.0.0.1:80",
		"my_db:5432":              "my_db:5432",
		"[2001:DB8::1]:65535":     "[2001:db8::1]:65535",
	} {
		n, err := ParseNetwork(text)
		if err != nil || n.String() != want {
			t.Errorf("%q: %q, %v", text, n, err)
		}
		if again, err := ParseNetwork(n.String()); err != nil || !again.Equal(n) {
			t.Errorf("%q, read again: %q, %v", text, again, err)
		}
	}
	for text, want := range map[string]string{
		"api.example.com":            `"api.example.com" has no port: write api.example.com:443`,
		"127.0.0.1":                  `"127.0.0.1" has no port: write 127.0.0.1:443`,
		"::1":                        `"::1" has no port: write [::1]:443`,
		"[::1]":                      `"[::1]" has no port: write [::1]:443`,
		"2001:db8::1:443":            `"2001:db8::1:443" has no port: write [2001:db8::1:443]:443`,
		"1:2:3:4:5:6:7:8:443":        `"1:2:3:4:5:6:7:8:443": write an IPv6 address in brackets, as in [::1]:443`,
		"*.example.com:443":          `"*.example.com:443": wildcards are not supported: list each host`,
		"a.example:0":                `the port of "a.example:0" is not a number from 1 to 65535`,
		"a.example:65536":            `the port of "a.example:65536" is not a number from 1 to 65535`,
		"a.example:+1":               `the port of "a.example:+1" is not a number from 1 to 65535`,
		"a.example:":                 `the port of "a.example:" is not a number from 1 to 65535`,
		"a.example:http":             `the port of "a.example:http" is not a number from 1 to 65535`,
		"https://api.example.com/v1": `"https://api.example.com/v1" is a URL: write only its host and port, as in api.example.com:443`,
		"*":                          `"*": wildcards are not supported: list each host`,
		"http://api.example.com/v1":  `"http://api.example.com/v1" is a URL: write only its host and port, as in api.example.com:80`,
		"http://127.0.0.1:80":        `"http://127.0.0.1:80" is a URL: write only its host and port, as in 127.0.0.1:80`,
		"a:1,,b:2":                   `there is a comma without a host: write api.example.com:443, 127.0.0.1:8080`,
		"a:1,":                       `there is a comma without a host: write api.example.com:443, 127.0.0.1:8080`,
		"0.0.0.0:80":                 `"0.0.0.0:80": 0.0.0.0 is not the address of a host; this machine is 127.0.0.1`,
		"[::]:80":                    `"[::]:80": :: is not the address of a host; this machine is 127.0.0.1`,
		"224.0.0.1:80":               `"224.0.0.1:80": 224.0.0.1 is the address of a group, not of a host`,
		"[fe80::1%eth0]:80":          `"[fe80::1%eth0]:80": addresses with a zone are not supported`,
		"[127.0.0.1]:80":             `"[127.0.0.1]:80": 127.0.0.1 is not an IPv6 address`,
		"10.0.0.0/8:80":              `"10.0.0.0/8:80": "10.0.0.0/8" is neither the name nor the address of a host`,
		"127.1:80":                   `"127.1:80": "127.1" is neither the name nor the address of a host`,
		"2130706433:80":              `"2130706433:80": "2130706433" is neither the name nor the address of a host`,
		"a b:80":                     `"a b:80": "a b" is neither the name nor the address of a host`,
		":80":                        `":80": "" is neither the name nor the address of a host`,
		"münchen.example:80":         `"münchen.example:80": write the name in ASCII, as DNS has it: xn--…`,
	} {
		n, err := ParseNetwork(text)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %q\ngot  %v\nwant %s", text, n, err, want)
		}
	}
}
