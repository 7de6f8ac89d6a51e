// Command quickstart shows the whole job in one run: it connects by the authorization code flow, checks the
// connection, installs webhooks, pulls everything that a helpdesk needs, and hears what happens on the instance
// afterwards, as a host application would and only through the public API.
//
//	go run ./examples/quickstart          an instance in this process
//	go run ./examples/quickstart -help    a real one
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-a66f7fd3/servicenow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(exitStatus(run(ctx, os.Args[1:])))
}

func run(ctx context.Context, args []string) error {
	c, err := readConfig(args, os.Getenv, os.Stderr)
	if err != nil {
		return err
	}
	p := newProgress(os.Stderr)
	if c.embedded {
		return runEmbedded(ctx, c, p)
	}
	return runReal(ctx, c, p)
}

// exitStatus tells the person what went wrong and what to do: 2 for a setting, 1 for everything else.
func exitStatus(err error) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		return 2
	}
	fmt.Fprintln(os.Stderr, "quickstart:", err)
	if remedy := servicenow.Remedy(err); remedy != "" {
		fmt.Fprintln(os.Stderr, "  →", remedy)
	}
	return 1
}
