// Command messages judges the last commits of real repositories as a push to main would, and says how often each rule refuses:
//
//	go run ./internal/bench/messages -n 1000 ~/src/a.git ~/src/b.git
//
// The commits are judged as they are, merges and reverts too, by the program refward itself with the checks dor and dod. With -list each
// refused commit is shown with its subject and the reasons, to be read: whether a reason is true no program can say.
//
// With -own it measures what dor and dod themselves take, beside what reading the commits and their lines takes. Each check that wants lines
// reads them anew, so that dod costs a push both.
//
// With -commitlint DIR it holds the verdicts on messages against those of commitlint, which must be installed in DIR:
//
//	npm install @commitlint/cli @commitlint/config-conventional
//
// Both judge the same messages, by config-conventional on one side and the nearest policy on the other. Each class of difference is shown
// with examples, and the CPU seconds of both (user and system, of all processes) as a ratio. commitlint gets the messages as one list;
// ours has to read them from the repository, with the graph by which it knows merges and reverts. What judging alone takes is told too.
package main
