package advice

import "strconv"

// Quote quotes a value for a message, shortened where it is long.
func Quote(value string) string {
	const most = 80
	if len(value) > most {
		return strconv.Quote(value[:most]) + "…"
	}
	return strconv.Quote(value)
}
