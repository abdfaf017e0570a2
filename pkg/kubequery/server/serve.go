package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

const (
	// patience is how long running requests may take when the server stops.
	patience = 10 * time.Second
	// readHeader and idle bound how long a connection may say nothing.
	readHeader = 10 * time.Second
	idle       = 2 * time.Minute
	// send is how long the caller may take to read an answer, and to send a request.
	send = 30 * time.Second
)

// Listen reserves the address of the options. An address that others can reach
// needs a token.
func (o Options) Listen() (net.Listener, error) {
	if !o.Address.Loopback() && o.Token == nil {
		return nil, advice.Errorf("give --token FILE, or an --addr such as 127.0.0.1:8181",
			"others than this machine can reach %s: whoever does could read what you may read in the cluster", o.Address)
	}
	listener, err := net.Listen("tcp", o.Address.String())
	if err != nil {
		return nil, advice.Wrap(fmt.Errorf("listening: %w", err), "choose another address with --addr; port 0 is any that is free")
	}
	return listener, nil
}

// Scheme is that of the server's URL, http or https.
func (o Options) Scheme() string {
	if o.Certificate != nil {
		return "https"
	}
	return "http"
}

// Serve answers requests until the context ends. Then it takes no new ones, lets
// those that run end within 10 seconds, and ends the rest. That is no error; one
// is that the listener fails, or that an evaluation that cannot be stopped needs
// far more memory than it may.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if err := s.evaluations.checkMemory(); err != nil {
		return err
	}
	defer boundProcess(s.o.Limits.Memory)()
	requests, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	server := s.httpServer(requests, s.outer(listener.Addr()))
	failed := make(chan error, 1)
	go func() { failed <- s.accept(server, listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case err := <-s.evaluations.overflow:
		_ = server.Close()
		return err
	case <-ctx.Done():
	}
	s.o.Draining(s.evaluations.count())
	return s.drain(requests, server, end)
}

// outer is what stands around the handler of all requests.
func (s *Server) outer(at net.Addr) http.Handler {
	handler := s.handler
	if !s.o.AllowWrites {
		handler = readOnly(handler)
	}
	if s.o.Token != nil {
		handler = s.o.Token.required(handler)
	}
	return newGuard(at, s.o.Scheme(), !s.o.Address.Loopback(), handler)
}

func (s *Server) httpServer(requests context.Context, handler http.Handler) *http.Server {
	server := &http.Server{
		Handler:           handler,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: readHeader,
		ReadTimeout:       readHeader + send,
		WriteTimeout:      s.o.Limits.Time + s.evaluations.grace + send,
		IdleTimeout:       idle,
		ErrorLog:          log.New(warner(s.o.Warn), "", 0),
	}
	if s.o.Certificate != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*s.o.Certificate}, MinVersion: tls.VersionTLS12}
	}
	return server
}

func (s *Server) accept(server *http.Server, listener net.Listener) error {
	if s.o.Certificate != nil {
		return server.ServeTLS(listener, "", "")
	}
	return server.Serve(listener)
}

// drain waits for what runs, and ends what takes too long.
func (s *Server) drain(ctx context.Context, server *http.Server, end context.CancelCauseFunc) error {
	patient, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	err := server.Shutdown(patient)
	if errors.Is(err, context.DeadlineExceeded) {
		end(errStopped)
		hurried, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*s.evaluations.grace)
		defer cancel()
		if err = server.Shutdown(hurried); err != nil {
			err = server.Close()
		}
	}
	if err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	if s.evaluations.count() == 0 {
		s.close(context.WithoutCancel(ctx))
	}
	return nil
}

// warner is a log whose lines are warnings.
type warner func(text string)

// Write implements io.Writer.
func (w warner) Write(line []byte) (int, error) {
	w(strings.TrimSpace(string(line)))
	return len(line), nil
}
