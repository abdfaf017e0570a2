package offline

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// resourceVersion is that of all lists: nothing changes.
const resourceVersion = 1

// token is what a continue token says, in the API server's form.
type token struct {
	APIVersion      string `json:"v"`
	ResourceVersion int64  `json:"rv"`
	// Start is the first key that may be on the next page, after a "/".
	Start string `json:"start"`
}

const tokenVersion = "meta.k8s.io/v1"

// continueAfter makes the token of what follows a key.
func continueAfter(key string) (string, error) {
	text, err := json.Marshal(token{tokenVersion, resourceVersion, "/" + key + "\x00"})
	return base64.RawURLEncoding.EncodeToString(text), err
}

// startOf reads a token: the first key that may be on the page. Without one all
// may be.
func startOf(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	const invalid = "invalid continue token: continue key is not valid"
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", invalid, err)
	}
	t := token{}
	if err := json.Unmarshal(raw, &t); err != nil {
		return "", fmt.Errorf("%s: %w", invalid, err)
	}
	if t.APIVersion != tokenVersion {
		return "", fmt.Errorf("%s: server does not recognize this encoded version %s", invalid, t.APIVersion)
	}
	return strings.TrimPrefix(t.Start, "/"), nil
}
