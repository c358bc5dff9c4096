package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/refward/refward/hooks"
)

func main() {
	hooks.SaveMemory(os.Environ())
	signal.Ignore(syscall.SIGPIPE) // a pusher who has gone away changes nothing about the verdict
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // whoever asks a second time does not want to wait for an end in order
	code := program{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}.run(ctx, os.Args)
	stop()
	os.Exit(code)
}
