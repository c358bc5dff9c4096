package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/expertise/evaluate"
	"github.com/refward/refward/expertise/suggest"
)

func main() {
	cold := flag.Bool("cold", false, "leave out who reviewed")
	rounds := flag.Int("rounds", 200, "rounds of the descent")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: reviewers [-cold] [-rounds N] FILE FILE…")
		os.Exit(2)
	}
	if err := run(flag.Args(), *cold, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// A repository is what its data set comes to.
type repository struct {
	name      string
	fit, test []query
}

func run(files []string, cold bool, rounds int) error {
	start := &suggest.Full
	if cold {
		start = &suggest.Cold
	}
	var all []repository
	for _, f := range files {
		r := repository{name: strings.TrimSuffix(filepath.Base(f), ".jsonl.gz")}
		err := evaluate.Replay(context.Background(), f, cold, func(a *evaluate.Ask, test bool) {
			q := newQuery(a)
			if test {
				r.test = append(r.test, q)
			} else if q = q.shorten(start); q.right > 0 {
				r.fit = append(r.fit, q)
			}
		})
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	fmt.Printf("%-20s %6s %6s %6s %6s %6s   with weights fitted without it; then with those of package suggest\n", "", "top1", "top3", "top5", "mrr", "exp1")
	var left, product figures
	for i, r := range all {
		var others [][]query
		for j, o := range all {
			if j != i {
				others = append(others, o.fit)
			}
		}
		w := descend(others, start, cold, rounds)
		own, now := rate(r.test, &w), rate(r.test, start)
		left.add(own, len(all))
		product.add(now, len(all))
		fmt.Printf("%-20s %s  %s\n", r.name, own, now)
	}
	fmt.Printf("%-20s %s  %s\n", "macro", left, product)
	var fits [][]query
	for _, r := range all {
		fits = append(fits, r.fit)
	}
	w := descend(fits, start, cold, rounds)
	fmt.Println("weights of all together:")
	for k := range suggest.Signal(suggest.Signals) {
		fmt.Printf("\t%.2f, // %s\n", w[k], k)
	}
	return nil
}
