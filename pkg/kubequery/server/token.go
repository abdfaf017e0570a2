package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"runtime"
	"strings"

	"github.com/open-policy-agent/opa/v1/server/types"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// longestToken bounds a token, in bytes: it has to fit a header.
const longestToken = 4096

// Token is what callers have to know. Only its sum is kept.
type Token struct{ sum [sha256.Size]byte }

// ReadToken reads a token from a file that nobody else can read. White space
// around it does not count.
func ReadToken(path string) (*Token, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		// kubectl's --token is a token: this may be one.
		return nil, advice.Errorf("give a file that has the token; that of the API server comes from the kubeconfig",
			"reading the token: there is no file of the name that --token gives")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the token: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading the token: %w", err)
	}
	// On Windows the mode says nothing of who can read a file.
	if others := info.Mode().Perm() & 0o077; others != 0 && runtime.GOOS != "windows" {
		return nil, advice.Errorf("chmod 600 "+path, "reading the token: others can get at %s: its mode is %04o", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(file, longestToken+2)) // the end of a line, too
	if err != nil {
		return nil, fmt.Errorf("reading the token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if err := checkToken(token); err != nil {
		return nil, advice.Errorf("write one there: head -c 32 /dev/urandom | base64 > "+path, "reading the token: %s %w", path, err)
	}
	return &Token{sha256.Sum256([]byte(token))}, nil
}

// checkToken refuses what cannot be sent as one.
func checkToken(token string) error {
	switch {
	case token == "":
		return errors.New("is empty")
	case len(token) > longestToken:
		return fmt.Errorf("has more than %d bytes", longestToken)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("has more than one word, or characters that no header can have")
	}
	return nil
}

// required asks every caller for the token. How long it takes to refuse one
// depends on its length alone.
func (t *Token) required(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !t.known(r.Header.Values("Authorization")) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeError(w, http.StatusUnauthorized, types.CodeUnauthorized,
				errors.New("the token is missing or wrong; send it as Authorization: Bearer TOKEN"))
			return
		}
		r.Header.Del("Authorization")
		next.ServeHTTP(w, r)
	})
}

// known tells whether a request has the token, once.
func (t *Token) known(headers []string) bool {
	if len(headers) != 1 {
		return false
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], t.sum[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}
