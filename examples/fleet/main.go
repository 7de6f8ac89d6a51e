package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// config is what the flags say. Secrets come from the environment, where ps does not show them.
type config struct {
	engine   string
	dsn      string // FLEET_DSN: where the engine is, with its password or token
	key      string // FLEET_KEY: what seals the tenants' tokens, see auth.ParseKey
	dir      string
	replicas int

	pulls, batch int
	lease        time.Duration

	tenants, instances, cases, workers int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := program(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

// program is fleet worker, fleet nats, or without a command the whole demonstration.
func program(ctx context.Context, args []string) error {
	command := ""
	if len(args) > 0 && args[0][0] != '-' {
		command, args = args[0], args[1:]
	}
	c, err := parse(args)
	if err != nil {
		return err
	}
	switch command {
	case "worker":
		return work(ctx, c)
	case "nats":
		return serveNATS(ctx, c)
	case "":
		return demonstrate(ctx, c)
	}
	return fmt.Errorf("unknown command %.40q: there are worker and nats", command)
}

func parse(args []string) (config, error) {
	var c config
	f := flag.NewFlagSet("fleet", flag.ContinueOnError)
	f.StringVar(&c.engine, "engine", "nats", "what the workers share: nats or postgres")
	f.StringVar(&c.dsn, "dsn", os.Getenv("FLEET_DSN"), "where that is, nats://… or postgres://… (default $FLEET_DSN; "+
		"without either, a NATS server of its own)")
	f.StringVar(&c.dir, "dir", "", "where a NATS server of its own keeps its files (default: a temporary directory)")
	f.IntVar(&c.replicas, "replicas", 1, "on how many servers of a NATS cluster everything stands: 3 in production")
	f.IntVar(&c.workers, "workers", 4, "worker processes")
	f.IntVar(&c.pulls, "pulls", 8, "tenants that one worker pulls at a time")
	f.IntVar(&c.batch, "batch", 200, "changes that are published before their checkpoint is saved")
	f.DurationVar(&c.lease, "lease", 30*time.Second, "after what silence of a worker others take over its tenants")
	f.IntVar(&c.tenants, "tenants", 1000, "tenants of the demonstration")
	f.IntVar(&c.instances, "instances", 100, "embedded instances that they share")
	f.IntVar(&c.cases, "cases", 5, "cases of each instance")
	if err := f.Parse(args); err != nil {
		return c, err
	}
	c.key = os.Getenv("FLEET_KEY")
	switch {
	case f.NArg() > 0:
		return c, fmt.Errorf("unexpected argument %.40q", f.Arg(0))
	case c.engine == "postgres" && c.dsn == "":
		return c, errors.New("-engine postgres needs -dsn or FLEET_DSN, for example postgres://user@localhost/fleet")
	case min(c.replicas, c.workers, c.pulls, c.batch, c.tenants, c.instances) < 1 || c.cases < 2 || c.lease < time.Second:
		return c, errors.New("a number is too small: -cases is at least 2, -lease 1s, the others 1")
	}
	return c, nil
}
