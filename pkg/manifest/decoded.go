package manifest

import "iter"

// unit is a text that is decoded at once: a document, or an item of a list
// that was cut already, or the error that came in its place.
type unit struct {
	// jsonText is the text; that of a document of YAML has its separator, too.
	jsonText
	// json says that the text looks like JSON.
	json bool
	// item counts, from 1, items that were cut; 0 is no item.
	item int
	// list is what the list said of itself before the items.
	list listType
	err  error
}

// result is a document, or the error that came in its place.
type result struct {
	document Document
	err      error
}

// decoded turns units into documents, so many at once, in their order. The
// caller's goroutine reads, so that none is left behind that does.
func decoded(units iter.Seq[unit], parallel int) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		give := func(results []result) bool {
			for _, r := range results {
				if !yield(r.document, r.err) {
					return false
				}
			}
			return true
		}
		pending := []chan []result{}
		// drain gives what is ready, and waits for what is more than keep.
		drain := func(keep int) bool {
			for len(pending) > 0 {
				if len(pending) <= keep && len(pending[0]) == 0 {
					return true
				}
				first := <-pending[0]
				pending = pending[1:]
				if !give(first) {
					return false
				}
			}
			return true
		}
		for u := range units {
			if parallel <= 1 {
				if !give(u.decode()) {
					return
				}
				continue
			}
			done := make(chan []result, 1)
			go func() { done <- u.decode() }()
			pending = append(pending, done)
			if !drain(parallel - 1) {
				return
			}
		}
		drain(0)
	}
}
