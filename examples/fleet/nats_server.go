package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// serveNATS is a NATS server in this process, at the address and with the token of c.dsn, until ctx ends. Messages are
// in files under c.dir before they are acknowledged: a killed server loses none. What a power failure may take is the
// last two minutes of one server that stands alone; production has three.
func serveNATS(ctx context.Context, c config) error {
	at, err := url.Parse(c.dsn)
	if err != nil || at.User.Username() == "" {
		return errors.New("the server needs an address with a token: nats://TOKEN@127.0.0.1:PORT")
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		return fmt.Errorf("port of the server: %w", err)
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "fleet", Host: at.Hostname(), Port: port, Authorization: at.User.Username(),
		JetStream: true, StoreDir: c.dir, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return err
	}
	go s.Start()
	if !s.ReadyForConnections(30 * time.Second) {
		return errors.New("the server does not come up")
	}
	<-ctx.Done()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}
