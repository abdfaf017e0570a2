package server

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// reached is a handler that says that a request came through.
var reached = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("reached")) })

// TestGuard lists who may ask a server at port 8181.
func TestGuard(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8181}
	const host, own = "localhost:8181", "http://localhost:8181"
	for _, tc := range []struct {
		host, header, value string
		narrow, wide        bool
	}{
		{host, "", "", true, true},
		{"127.0.0.1:8181", "", "", true, true},
		{"127.1.2.3:8181", "", "", true, true},
		{"LOCALHOST:8181", "", "", true, true},
		{"[::1]:8181", "", "", true, true},
		{"[::ffff:127.0.0.1]:8181", "", "", true, true},
		{"localhost", "", "", false, true},
		{"localhost:80", "", "", false, true},
		{"localhost.:8181", "", "", false, true},
		{"localhost.example.com:8181", "", "", false, true},
		{"example.com:8181", "", "", false, true},
		{"10.0.0.1:8181", "", "", false, true},
		{"0.0.0.0:8181", "", "", false, true},
		{"[::1%eth0]:8181", "", "", false, true},
		{"", "", "", false, true},
		{host, "Origin", own, true, true},
		{host, "Origin", "http://127.0.0.1:8181", true, false},
		{"10.0.0.1:8181", "Origin", "http://10.0.0.1:8181", false, true},
		{host, "Origin", "https://localhost:8181", false, false},
		{host, "Origin", "http://localhost:3000", false, false},
		{host, "Origin", "http://localhost", false, false},
		{host, "Origin", "http://example.com", false, false},
		{host, "Origin", "http://localhost:8181.example.com", false, false},
		{host, "Origin", "http://localhost:8181@example.com", false, false},
		{host, "Origin", "http://example.com@localhost:8181", false, false},
		{host, "Origin", "http://localhost:8181/", false, false},
		{host, "Origin", "null", false, false},
		{host, "Origin", "", false, false},
		{host, "Origin", "file://", false, false},
		{host, "Origin", "chrome-extension://abc", false, false},
		{host, "Sec-Fetch-Site", "same-origin", true, true},
		{host, "Sec-Fetch-Site", "none", true, true},
		{host, "Sec-Fetch-Site", "same-site", false, false},
		{host, "Sec-Fetch-Site", "cross-site", false, false},
	} {
		for wide, want := range map[bool]bool{false: tc.narrow, true: tc.wide} {
			request := httptest.NewRequest(http.MethodGet, "/v1/data", nil)
			request.Host = tc.host
			if tc.header != "" {
				request.Header[tc.header] = []string{tc.value}
			}
			answer := httptest.NewRecorder()
			newGuard(at, "http", wide, reached).ServeHTTP(answer, request)
			wantCode := map[bool]int{true: http.StatusOK, false: http.StatusForbidden}[want]
			if answer.Code != wantCode {
				t.Errorf("wide %v, Host %q, %s %q: %d, want %d\n%s", wide, tc.host, tc.header, tc.value, answer.Code, wantCode, answer.Body)
			}
		}
	}
}

// TestGuardSays wants an error of OPA's form, and a second Origin to be seen.
func TestGuardSays(t *testing.T) {
	guard := newGuard(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8181}, "http", false, reached)
	for want, change := range map[string]func(*http.Request){
		`{"code":"unauthorized","message":"the Host \"example.com\" is not this server; ask localhost:8181 or 127.0.0.1:8181"}`: func(r *http.Request) {
			r.Host = "example.com"
		},
		`{"code":"unauthorized","message":"the Origin \"http://example.com\" is foreign: pages of other sites may not ask this server"}`: func(r *http.Request) {
			r.Header["Origin"] = []string{"http://localhost:8181", "http://example.com"}
		},
		`{"code":"unauthorized","message":"the request is \"cross-site\": pages of other sites may not ask this server"}`: func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		},
	} {
		request := httptest.NewRequest(http.MethodGet, "/v1/data", nil)
		request.Host = "localhost:8181"
		change(request)
		answer := httptest.NewRecorder()
		guard.ServeHTTP(answer, request)
		if diff := cmp.Diff(want, compact(t, answer.Body.String())); diff != "" || answer.Code != http.StatusForbidden {
			t.Error(answer.Code, diff)
		}
	}
}

// TestGuardHTTPS has the port that goes without saying.
func TestGuardHTTPS(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/v1/data", nil)
	request.Host = "localhost"
	request.Header.Set("Origin", "https://localhost")
	for port, want := range map[int]int{443: 200, 80: 403, 8181: 403} {
		answer := httptest.NewRecorder()
		newGuard(&net.TCPAddr{Port: port}, "https", false, reached).ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("port %d: %d, want %d", port, answer.Code, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]struct {
		address  string
		loopback bool
		err      string
	}{
		"127.0.0.1:8181":         {"127.0.0.1:8181", true, ""},
		"localhost:0":            {"127.0.0.1:0", true, ""},
		"[::1]:8181":             {"[::1]:8181", true, ""},
		"127.9.9.9:1":            {"127.9.9.9:1", true, ""},
		"[::ffff:127.0.0.1]:1":   {"[::ffff:127.0.0.1]:1", true, ""},
		"0.0.0.0:8181":           {"0.0.0.0:8181", false, ""},
		":8181":                  {":8181", false, ""},
		"[::]:8181":              {"[::]:8181", false, ""},
		"10.0.0.1:8181":          {"10.0.0.1:8181", false, ""},
		"example.com:8181":       {"", false, `"example.com:8181" is no address: its host is neither an IP address nor localhost`},
		"localhost.localdomain:": {"", false, `"localhost.localdomain:" is no address: its port is no number from 0 to 65535`},
		"127.0.0.1":              {"", false, `"127.0.0.1" is no address: missing port in address`},
		"127.0.0.1:65536":        {"", false, `"127.0.0.1:65536" is no address: its port is no number from 0 to 65535`},
		"127.0.0.1:http":         {"", false, `"127.0.0.1:http" is no address: its port is no number from 0 to 65535`},
		"::1:8181":               {"", false, `"::1:8181" is no address: too many colons in address`},
		"":                       {"", false, `"" is no address: missing port in address`},
	} {
		address, err := ParseAddress(text)
		if want.err != "" {
			if err == nil || err.Error() != want.err || len(advice.Next(err)) != 1 {
				t.Errorf("%q: want %q, found %v", text, want.err, err)
			}
			continue
		}
		if err != nil || address.String() != want.address || address.Loopback() != want.loopback {
			t.Errorf("%q: want %v, found %s %v %v", text, want, address, address.Loopback(), err)
		}
	}
}

// TestListen refuses an address that others can reach, unless there is a token.
func TestListen(t *testing.T) {
	wide, err := ParseAddress(":0")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Options{Address: wide}.Listen()
	want := "others than this machine can reach :0: whoever does could read what you may read in the cluster"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	if diff := cmp.Diff([]string{"give --token FILE, or an --addr such as 127.0.0.1:8181"}, advice.Next(err)); diff != "" {
		t.Error(diff)
	}
	narrow, err := ParseAddress("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := Options{Address: narrow}.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken, err := ParseAddress(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = (Options{Address: taken}).Listen(); err == nil || len(advice.Next(err)) != 1 {
		t.Errorf("a taken port: %v", err)
	}
}

func TestReadToken(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		mode os.FileMode
		err  string
	}{
		"a token":             {"secret-1/=+", 0o600, ""},
		"with a line's end":   {"secret\r\n", 0o400, ""},
		"empty":               {"", 0o600, "FILE is empty"},
		"white space":         {" \n\t\n", 0o600, "FILE is empty"},
		"two words":           {"a b\n", 0o600, "FILE has more than one word"},
		"two lines":           {"a\nb\n", 0o600, "FILE has more than one word"},
		"no ASCII":            {"sécret", 0o600, "FILE has more than one word, or characters that no header can have"},
		"too long":            {strings.Repeat("x", longestToken+1), 0o600, "FILE has more than 4096 bytes"},
		"as long as possible": {strings.Repeat("x", longestToken) + "\n", 0o600, ""},
		"read by the group":   {"secret", 0o640, "others can get at FILE: its mode is 0640"},
		"read by all":         {"secret", 0o604, "others can get at FILE: its mode is 0604"},
		"written by all":      {"secret", 0o602, "others can get at FILE: its mode is 0602"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tc.mode); err != nil {
				t.Fatal(err)
			}
			_, err := ReadToken(path)
			if tc.err == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			want := strings.ReplaceAll(tc.err, "FILE", path)
			if err == nil || !strings.Contains(err.Error(), want) || len(advice.Next(err)) != 1 {
				t.Errorf("want %q, found %v", want, err)
			}
			if strings.Contains(fmt.Sprint(err), "secret") {
				t.Error("the token is in the message")
			}
		})
	}
	// kubectl's --token is a token, and may have been meant.
	if _, err := ReadToken("eyJhbGciOi"); err == nil || strings.Contains(err.Error(), "eyJhbGciOi") {
		t.Errorf("want an error without the value, found %v", err)
	}
}

// TestToken lists what callers may send.
func TestToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token, err := ReadToken(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		headers []string
		ok      bool
	}{
		{[]string{"Bearer s3cret"}, true},
		{[]string{"bearer s3cret"}, true},
		{nil, false},
		{[]string{""}, false},
		{[]string{"Bearer"}, false},
		{[]string{"Bearer "}, false},
		{[]string{"Bearer s3cre"}, false},
		{[]string{"Bearer s3crets"}, false},
		{[]string{"Bearer S3CRET"}, false},
		{[]string{"Bearer  s3cret"}, false},
		{[]string{"Basic s3cret"}, false},
		{[]string{"s3cret"}, false},
		{[]string{"Bearer s3cret", "Bearer x"}, false},
		{[]string{"Bearer s3cret", "Bearer s3cret"}, false},
	} {
		request := httptest.NewRequest(http.MethodGet, "/health", nil)
		request.Header["Authorization"] = tc.headers
		answer := httptest.NewRecorder()
		token.required(reached).ServeHTTP(answer, request)
		if tc.ok {
			if answer.Code != http.StatusOK || answer.Body.String() != "reached" {
				t.Errorf("%q: %d %s", tc.headers, answer.Code, answer.Body)
			}
			continue
		}
		want := `{"code":"unauthorized","message":"the token is missing or wrong; send it as Authorization: Bearer TOKEN"}`
		if answer.Code != http.StatusUnauthorized || compact(t, answer.Body.String()) != want || answer.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: %d %s", tc.headers, answer.Code, answer.Body)
		}
	}
}
