package server

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Address is where a server listens.
type Address struct {
	// ip is an address of this machine; the zero value stands for all of them.
	ip netip.Addr
	// port is 0 for any that is free.
	port uint16
}

// ParseAddress reads HOST:PORT. HOST is an IP address or localhost, or empty for
// all addresses of the machine; other names are not looked up: who answers for
// them can change what they mean.
func ParseAddress(text string) (Address, error) {
	const next = "give an IP address and a port, such as 127.0.0.1:8181; port 0 is any that is free"
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Address{}, advice.Errorf(next, "%s is no address: %w", advice.Quote(text), plain(err))
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Address{}, advice.Errorf(next, "%s is no address: its port is no number from 0 to 65535", advice.Quote(text))
	}
	address := Address{port: uint16(number)}
	switch {
	case host == "":
	case strings.EqualFold(host, "localhost"):
		address.ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	default:
		if address.ip, err = netip.ParseAddr(host); err != nil {
			return Address{}, advice.Errorf(next, "%s is no address: its host is neither an IP address nor localhost", advice.Quote(text))
		}
	}
	return address, nil
}

// plain is an error of package net without the address in it.
func plain(err error) error {
	var wrong *net.AddrError
	if errors.As(err, &wrong) {
		return errors.New(wrong.Err)
	}
	return err
}

// Loopback tells whether only this machine can reach the address.
func (a Address) Loopback() bool { return a.ip.IsValid() && a.ip.Unmap().IsLoopback() }

// String is the address as package net takes it.
func (a Address) String() string {
	host := ""
	if a.ip.IsValid() {
		host = a.ip.String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(a.port)))
}
