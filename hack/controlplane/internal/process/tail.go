package process

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

const (
	tailBytes = 16 << 10
	tailLines = 20
)

// Tail returns the last lines of a log file. It is made for error messages: a log that cannot be read is told in its place.
func Tail(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Sprintf("(its log cannot be read: %v)", err)
	}
	defer file.Close()
	cut := false
	if info, err := file.Stat(); err == nil && info.Size() > tailBytes {
		_, err := file.Seek(-tailBytes, io.SeekEnd)
		cut = err == nil
	}
	content, err := io.ReadAll(io.LimitReader(file, tailBytes))
	if err != nil {
		return fmt.Sprintf("(its log cannot be read: %v)", err)
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	if cut && len(lines) > 1 {
		lines = lines[1:] // it began somewhere before
	}
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	return string(bytes.Join(lines, []byte("\n")))
}

// Says tells whether a text is anywhere in a log file.
func Says(path, text string) bool {
	content, err := os.ReadFile(path)
	return err == nil && bytes.Contains(content, []byte(text))
}
