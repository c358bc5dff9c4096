package installer

import (
	"context"
	"fmt"
)

// actAsNobody does something with the repository and says how it went.
func actAsNobody(what, repo string) int {
	switch what {
	case "install-as-nobody":
		_, err := Client{Dir: repo, Program: "/bin/sh", ConfigDir: "/nowhere"}.Install(context.Background())
		fmt.Print(err)
	case "doctor-as-nobody":
		all, err := Server{Kind: Plain, Dir: repo}.Doctor(context.Background())
		for _, d := range all {
			fmt.Printf("%s: %s: %s\nhint: %s\n", d.Subject, d.State, d.Detail, d.Hint)
		}
		fmt.Print(err)
	}
	return 0
}
