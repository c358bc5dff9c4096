// Package people says which of the names and mails in a history are one person.
//
// A history knows no people, only pairs of a name and a mail that whoever committed wrote there. They are joined in this order, and
// nothing else joins them:
//
//  1. by the repository's .mailmap, read as git reads it ([Mailmap]; gitmailmap(5)),
//  2. by aliases of the configuration ([Options]),
//  3. by equal mail, in any case, and by the account in GitHub's own "ID+LOGIN@users.noreply.github.com",
//  4. by equal full name: two words or more, and none that programs are called.
//
// So what is joined can be wrong: two people of one name become one, and everybody can commit with somebody's name. That is good enough for
// advice, which names people to ask, and for nothing else: who may push or sign is what package internal/identity knows.
//
// Programs are recognised ([Person.Bot]) and never joined with people, so that nobody can make a person a bot by committing as "NAME[bot]".
//
//	dir, err := people.Join(idents, people.Options{Mailmap: people.ParseMailmap(data)})
//	id := dir.Of(people.Ident{Name: "Ada", Mail: "ada@example.com"})
//	dir.Person(id).Name
//
// Numbers depend on the idents and their order only. A directory is made anew when the mailmap changes. One that was stored ([Directory.MarshalBinary],
// [Read]) is read where it is asked, and finds out whom a new ident would be joined with ([Directory.Find]) without the others.
package people
