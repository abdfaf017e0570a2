package kubequery

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

func TestParseHost(t *testing.T) {
	for text, want := range map[string]string{
		"example.com":                 "example.com",
		"Example.COM.":                "example.com",
		"example.com:443":             "example.com:443",
		"example.com:0443":            "example.com:443",
		"my_host-1":                   "my_host-1",
		"bücher.example":              "bücher.example",
		"127.0.0.1":                   "127.0.0.1",
		"127.0.0.1:80":                "127.0.0.1:80",
		"::1":                         "::1",
		"0:0:0:0:0:0:0:1":             "::1",
		"[::1]":                       "::1",
		"[::1]:8080":                  "[::1]:8080",
		"[0:0::1]:8080":               "[::1]:8080",
		"https://example.com":         `"https://example.com" is a URL, want HOST or HOST:PORT → leave the scheme and the path out`,
		"*.example.com":               `"*.example.com" is a pattern, want HOST or HOST:PORT → name each host`,
		"":                            `"" is no host, want HOST or HOST:PORT`,
		":80":                         `":80" is no host, want HOST or HOST:PORT`,
		"example.com/x":               `"example.com/x" is no host, want HOST or HOST:PORT`,
		"user@example.com":            `"user@example.com" is no host, want HOST or HOST:PORT`,
		"two hosts":                   `"two hosts" is no host, want HOST or HOST:PORT`,
		"-x":                          `"-x" is no host, want HOST or HOST:PORT`,
		"example.com:":                `"example.com:" has no port between 1 and 65535`,
		"example.com:0":               `"example.com:0" has no port between 1 and 65535`,
		"example.com:65536":           `"example.com:65536" has no port between 1 and 65535`,
		"example.com:http":            `"example.com:http" has no port between 1 and 65535`,
		"a:b:c":                       `"a:b:c" is neither HOST nor HOST:PORT: too many colons in address`,
		"example.com\x00:80":          `"example.com\x00:80" is no host, want HOST or HOST:PORT`,
		"a,b":                         `"a,b" is no host, want HOST or HOST:PORT`,
		strings.Repeat("a", 90) + "/": `"` + strings.Repeat("a", 80) + `"… is no host, want HOST or HOST:PORT`,
	} {
		host, err := ParseHost(text)
		got := host.String()
		if err != nil {
			got = strings.Join(append([]string{err.Error()}, advice.Next(err)...), " → ")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// FuzzParseHost shows that a host is read back as it was, and that it allows
// itself and nothing else.
func FuzzParseHost(f *testing.F) {
	for _, seed := range []string{"example.com", "EXAMPLE.com.:80", "[::1]:8080", "::ffff:1.2.3.4", "1.2.3.4", "fe80::1%eth0", "a..b", "[]", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		host, err := ParseHost(text)
		if err != nil {
			return
		}
		again, err := ParseHost(host.String())
		if err != nil || again != host {
			t.Fatalf("%q is %+v, and that is read as %+v, %v", text, host, again, err)
		}
		allowed := hosts{host}
		if !allowed.allowsName(host.name) || !allowed.allows("http", host.name, host.port) {
			t.Errorf("%+v does not allow itself", host)
		}
		if allowed.allowsName(host.name + "x") {
			t.Errorf("%+v allows another host", host)
		}
	})
}

func TestHostsCheck(t *testing.T) {
	allowed := hosts{}
	for _, text := range []string{"example.com", "secure.example:443", "::1", "127.0.0.1:8080", "bücher.example"} {
		host, err := ParseHost(text)
		if err != nil {
			t.Fatal(err)
		}
		allowed = append(allowed, host)
	}
	const no = " is no host that policies may reach"
	for target, want := range map[string]string{
		"http://example.com":              "",
		"https://EXAMPLE.com.:8443/x?y":   "",
		"http://user:pass@example.com":    "",
		"https://secure.example":          "",
		"https://secure.example:443":      "",
		"http://secure.example":           `"secure.example"` + no,
		"https://secure.example:444":      `"secure.example:444"` + no,
		"http://[::1]:9":                  "",
		"http://[0:0::1]/":                "",
		"http://[::2]:9":                  `"[::2]:9"` + no,
		"http://[::1%25lo]":               `"[::1%lo]"` + no,
		"http://127.0.0.1:8080":           "",
		"http://127.0.0.1":                `"127.0.0.1"` + no,
		"http://[::ffff:127.0.0.1]:8080":  `"[::ffff:127.0.0.1]:8080"` + no,
		"http://2130706433:8080":          `"2130706433:8080"` + no,
		"http://b%C3%BCcher.example":      "",
		"http://example.com.evil.example": `"example.com.evil.example"` + no,
		"http://evil.example/example.com": `"evil.example"` + no,
		"http://example.com@evil.example": `"evil.example"` + no,
		"//example.com":                   `a policy may ask by http and https, not by ""`,
		"unix://example.com/?socket=/x":   `a policy may ask by http and https, not by "unix"`,
		"file:///etc/hosts":               `a policy may ask by http and https, not by "file"`,
	} {
		parsed, err := url.Parse(target)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := allowed.check(parsed); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", target, diff)
		}
	}
}
