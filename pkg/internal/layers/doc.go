// Package layers holds the tests that keep the packages of this module in their places: which package may import
// which, which third-party modules stay behind one package, and who may touch the process's streams, environment and
// clock. The table of rooms is in table_test.go; docs/architecture.md shows the same table with its reasons.
package layers
