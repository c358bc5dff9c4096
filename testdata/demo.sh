#!/bin/sh
# Shows the main job in a temporary folder: a server that refuses a push, client hooks that refuse earlier, and what is accepted.
# Usage: demo.sh BIN, the folder with refward and refward-receive.
set -eu
exec 2>&1

bin=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

# Nobody's own configuration takes part.
export HOME="$dir" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL="$dir/gitconfig" LC_ALL=C
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE REFWARD_POLICY REFWARD_LOG 2>/dev/null || true
git config --global user.name "Demo Developer"
git config --global user.email demo@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() {
	printf '$ %s\n' "$*"
	"$@"
}
refused() { # runs what must be refused
	if run "$@"; then
		echo "demo: that should have been refused" >&2
		exit 1
	fi
}
# Put together here, so that no file of ours holds what looks like a token.
token="ghp_$(printf '%s%s' wWPw5k4aXcaT4fNP0UcnZ wJUVFk6LO0pINUx)"

say "A server: a bare repository with Refward behind it."
git init -q --bare "$dir/shop.git"
"$bin/refward" policy init --preset standard "$dir/policy.yaml"
run "$bin/refward" server install --policy "$dir/policy.yaml" plain "$dir/shop.git"

say "A developer's clone, still without hooks."
git clone -q "$dir/shop.git" "$dir/shop" 2>/dev/null
cd "$dir/shop"
"$bin/refward" policy init --preset standard
printf '# The shop\n' >README.md
git add .refward.yaml README.md
git commit -q -m "feat: open the shop (#1)"

say "A push that complies is accepted, with one quiet line."
run git push -q origin main

say "A commit with a token in it is refused by the server; nothing of it enters."
printf 'token = "%s"\n' "$token" >config.ini
git add config.ini
git commit -q -m "feat: talk to the API (#2)"
refused git push -q origin main

say "With the client hooks the same is refused before it is a commit."
git reset -q --soft HEAD~1
run "$bin/refward" install
refused git commit -q -m "feat: talk to the API (#2)"
printf 'token = env:API_TOKEN\n' >config.ini
git add config.ini

say "So is a message that is not ready."
refused git commit -q -m "stuff"

say "Mended, it passes both."
run git commit -q -m "feat: talk to the API (#2)"
run git push -q origin main

say "The server kept a record of every decision:"
cut -c -"${COLUMNS:-100}" "$dir/shop.git/refward/audit.jsonl"
printf '\nsuccess: the demo is done; %s is removed\n' "$dir"
